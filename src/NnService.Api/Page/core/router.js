import { h, put } from './dom.js';
import { Problem } from './api.js';
import { refusal } from './parts.js';

/**
 * @typedef {{params: string[], query: URLSearchParams, signal: AbortSignal, title: (text: string) => void}} Visit
 * @typedef {(visit: Visit) => Promise<Node> | Node} View
 */

/** The view and the parameters of an address behind #. @param {string} hash @param {[RegExp, any][]} routes */
export function match(hash, routes) {
  const [path, query = ''] = hash.replace(/^#(main$)?/, '').split('?');
  for (const [pattern, view] of routes) {
    const found = pattern.exec(path || '/');
    if (found) return { view, params: found.slice(1).map(decoded), query: new URLSearchParams(query) };
  }
  return null;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand, with a % that begins nothing
  }
}

/** @param {[RegExp, View][]} routes */
export function start(routes) {
  let leaving = new AbortController();
  const main = /** @type {HTMLElement} */ (document.getElementById('main'));

  async function show(isFirst = false) {
    if (location.hash === '#main' && !isFirst) return; // the link that skips the header
    leaving.abort();
    const visit = leaving = new AbortController();
    const found = match(location.hash, routes);
    mark(location.hash);
    /** @type {Node} */
    let content;
    try {
      content = found
        ? await found.view({ params: found.params, query: found.query, signal: visit.signal, title: text => { document.title = `${text} · NnService`; } })
        : h('section', h('h1', 'There is no such view'), h('p', h('a', { href: '#/' }, 'To the beginning')));
    } catch (reason) {
      if (visit.signal.aborted) return;
      reason.back?.then(() => visit.signal.aborted || show());
      content = failure(reason, () => show());
    }
    if (visit.signal.aborted) return;
    put(main, content);
    if (!isFirst) {
      scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
  }

  addEventListener('hashchange', () => show());
  return show(true);
}

/** @param {unknown} reason @param {() => void} again */
function failure(reason, again) {
  return h('section.stack', {},
    h('h1', reason instanceof Problem && reason.status === 404 ? 'Not found' : 'That did not work'),
    refusal(reason),
    h('p.row', h('button', { onclick: again }, 'Try again'), h('a', { href: '#/' }, 'To the beginning')));
}

// Views that stand below another in the header.
const AT = { studies: 'jobs', compare: 'jobs' };

function mark(hash) {
  const first = hash.split(/[/?]/)[1] ?? '';
  for (const link of document.querySelectorAll('header nav a')) {
    if (link.getAttribute('href') === `#/${AT[first] ?? first}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
