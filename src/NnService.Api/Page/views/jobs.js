import { get } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { ago, duration, number, percent, words } from '../core/format.js';
import { badge, choice, empty, field, grid, heading } from '../core/parts.js';
import { pause } from '../core/events.js';

const FIELDS = 'id,state,progress,epoch,epochs,createdAt,etaSeconds,trainLoss,validationLoss,metrics.test.accuracy,metrics.test.r2,model,configuration.dataset,configuration.target';
const STATES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
const SORTS = /** @type {[string, string][]} */ ([['', 'Newest first'], ['createdAt', 'Oldest first'], ['validationLoss', 'Validation loss'], ['-test.accuracy', 'Test accuracy'], ['-test.r2', 'Test R²']]);

/** @param {import('../core/router.js').Visit} visit */
export async function jobs({ query, signal, title }) {
  title('Jobs');
  const [state, sort, dataset] = [query.get('state') ?? '', query.get('sort') ?? '', query.get('dataset') ?? ''];
  const filter = { state, sort, dataset, limit: 50, fields: FIELDS };
  /** @type {any[]} */
  let items = [];
  /** @type {string | null} */
  let next = null;
  /** @type {Set<string>} */
  const chosen = new Set();
  const list = h('div.stack.tight', {});
  const compareLink = h('a.button', { href: '#/jobs', hidden: true }, 'Compare');
  const more = h('button', { type: 'button', onclick: () => older() }, 'Show older jobs');

  function draw() {
    if (!items.length) {
      put(list, state || dataset ? h('p.muted', {}, 'No job is like that.')
        : empty('Nothing has been trained yet', 'A job is one training: its loss falls before your eyes, and it survives a restart.', h('a.button.primary', { href: '#/train' }, 'Train a network')));
      return;
    }
    const at = document.activeElement;
    const focused = at?.matches('input, a') && list.contains(at) ? `${at.localName}[${at.localName === 'a' ? 'href' : 'value'}="${CSS.escape(at.getAttribute(at.localName === 'a' ? 'href' : 'value') ?? '')}"]` : null;
    put(list, grid([h('span.visually-hidden', {}, 'Compare'), 'Job', 'State', 'Progress', ['Validation loss'], ['Test'], 'Started'], items.map(row), 'Jobs'));
    more.hidden = next === null;
    if (focused) /** @type {HTMLElement | null} */ (list.querySelector(focused))?.focus();
  }

  function row(one) {
    const { dataset: table, target } = one.configuration ?? {};
    const name = one.model ? `${one.model.name}, version ${one.model.version}` : `${target ?? 'job'} of ${table ?? one.id.slice(-12)}`;
    const test = one.metrics?.test ?? {};
    return [h('input', { type: 'checkbox', value: one.id, checked: chosen.has(one.id), 'aria-label': `Choose ${name} to compare`, onchange: event => choose(one.id, event.target.checked) }),
      h('a', { href: `#/jobs/${one.id}` }, name), badge(one.state),
      one.state === 'running' || one.state === 'paused' ? h('div', {}, h('progress', { max: 1, value: one.progress, 'aria-label': 'Progress' }), h('span.tiny.muted.nowrap', {}, `${percent(one.progress)}${one.etaSeconds ? `, ${duration(one.etaSeconds)} left` : ''}`)) : `${number(one.epoch)} epochs`,
      number(one.validationLoss ?? one.trainLoss), test.accuracy !== undefined ? percent(test.accuracy) : test.r2 !== undefined ? `R² ${number(test.r2, 3)}` : '–', h('span.nowrap', {}, ago(one.createdAt))];
  }

  /** @param {string} id @param {boolean} isOn */
  function choose(id, isOn) {
    if (isOn) chosen.add(id);
    else chosen.delete(id);
    compareLink.hidden = chosen.size < 2;
    compareLink.textContent = `Compare ${chosen.size}`;
    compareLink.setAttribute('href', `#/compare?ids=${[...chosen].join(',')}`);
  }

  async function older() {
    const page = await get('training-jobs', { ...filter, cursor: next }, signal);
    items = [...items, ...page.items];
    next = page.nextCursor;
    draw();
  }

  async function refresh() {
    const page = await get('training-jobs', filter, signal);
    const known = new Set(page.items.map(one => one.id));
    if (items.length <= page.items.length) next = page.nextCursor;
    items = [...page.items, ...items.filter(one => !known.has(one.id))];
    draw();
  }

  async function live() {
    while (!signal.aborted) {
      await pause(items.some(one => one.state === 'running' || one.state === 'queued') ? 1500 : 6000, signal);
      if (!signal.aborted && !document.hidden) await refresh().catch(() => { });
    }
  }

  const go = () => {
    const wanted = new URLSearchParams(Object.entries({ state: stateChoice.value, sort: sortChoice.value, dataset: tableInput.value.trim() }).filter(([, value]) => value));
    location.hash = `#/jobs?${wanted}`;
  };
  const stateChoice = choice([['', 'Any state'], ...STATES.map(one => /** @type {[string, string]} */ ([one, words(one)]))], { value: state, onchange: go });
  const sortChoice = choice(SORTS, { value: sort, onchange: go });
  const tableInput = h('input', { value: dataset, placeholder: 'Any table', onchange: go });
  await refresh();
  live();
  return h('div.stack', {}, heading('Jobs', 'Each is one training.', compareLink, h('a.button', { href: '#/studies' }, 'Studies'), h('a.button.primary', { href: '#/train' }, 'Train')),
    h('div.fields', {}, field('State', stateChoice), field('Table', tableInput), field('Order', sortChoice)), list, h('div', {}, more));
}
