import { h, newId, put } from './dom.js';
import { curl, remove } from './api.js';

/** What several views show in the same way. */

/** @param {string} title @param {any} below @param {...any} actions */
export const heading = (title, below, ...actions) =>
  h('div.heading', h('div', h('h1', title), below ? h('p.muted', below) : null), h('div.row', actions));

/** @param {string} label @param {any} input @param {string | null} [hint] */
export function field(label, input, hint) {
  if (!input.id) input.id = newId('field');
  return h('div.field', h('label', { for: input.id }, label), input, hint ? h('span.hint', hint) : null);
}

/** @param {[string, any][]} options value and text @param {Record<string, any>} [props] */
export function choice(options, props) {
  const element = h('select', options.map(([value, text]) => h('option', { value }, text)));
  for (const [key, value] of Object.entries(props ?? {})) {
    if (key === 'value') element.value = value;
    else if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  return element;
}

/** What stands before the fraction of a number. @param {Record<string, any>} [props] */
export const decimalSign = props => choice([['.', 'Decimal point'], [',', 'Decimal comma']], { 'aria-label': 'Decimal sign', class: 'sign', ...props });

/** @param {[string, any, any?][]} items name, figure and what stands below */
export const figures = items => h('dl.figures', items.map(([name, value, below]) =>
  h('div', h('dt', name), h('dd', value, below ? h('small', below) : null))));

export const empty = (title, text, action) => h('div.empty', h('h2', title), h('p.muted', text), action);

/** @param {string[]} warnings */
export const warningList = warnings => warnings.map(text => h('p.notice.warn', text));

/** A refusal in its own words. @param {unknown} reason */
export const refusal = reason => h('p.notice.bad', { role: 'alert' }, reason instanceof Error ? reason.message : String(reason));

const BADGES = { running: 'live', succeeded: 'good', failed: 'bad', paused: 'warn' };
export const badge = state => h('span.badge', { class: BADGES[/** @type {keyof typeof BADGES} */ (state)] ?? null }, state);

/** @param {any[]} head text, or text and "n" for a column of numbers @param {any[][]} rows @param {string} label */
export function grid(head, rows, label, className = '') {
  const isNumber = head.map(one => Array.isArray(one));
  return h('div.scroll.card', { tabindex: 0, role: 'region', 'aria-label': label }, h('table', { class: className || null },
    h('thead', h('tr', head.map(one => Array.isArray(one) ? h('th.n', { scope: 'col' }, one[0]) : h('th', { scope: 'col' }, one)))),
    h('tbody', rows.map(row => h('tr.link', row.map((cell, i) => h(isNumber[i] ? 'td.n' : 'td', {}, cell)))))));
}

/** The request behind a view, as JSON and as a line for a terminal. @param {string} method @param {string} path @param {any} [json] */
export function request(method, path, json, title = 'The request behind this') {
  const line = curl(method, path, json);
  const copy = h('button.quiet', { type: 'button', onclick: async () => { await navigator.clipboard?.writeText(line); copy.textContent = 'Copied'; } }, 'Copy the curl line');
  return h('details', h('summary', title),
    h('div.stack.tight', json === undefined ? null : h('pre', JSON.stringify(json, null, 2)), h('pre', line), h('div', copy)));
}

/** A button that deletes, asks before, and says where it is refused. @param {string} question @param {string} path @param {string} next @param {Element} said */
export const deletion = (question, path, next, said) => h('button', { type: 'button', onclick: async () => {
  if (!await confirmed(question)) return;
  try {
    await remove(path);
    location.hash = next;
  } catch (reason) {
    put(said, refusal(reason));
  }
} }, 'Delete');

/** @param {string} question @returns {Promise<boolean>} */
function confirmed(question) {
  return new Promise(resolve => {
    const title = newId('dialog');
    const dialog = h('dialog', { 'aria-labelledby': title, onclose: () => { resolve(dialog.returnValue === 'yes'); dialog.remove(); } },
      h('form.stack', { method: 'dialog' }, h('h2', { id: title }, question),
        h('div.row.end', h('button', { value: 'no' }, 'Keep'), h('button.primary', { value: 'yes' }, 'Delete'))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
