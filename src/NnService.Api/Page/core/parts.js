import { h, newId, put } from './dom.js';
import { curl, remove } from './api.js';
import { ago, duration } from './format.js';

/** What several views show in the same way. */

/** @param {string} title @param {any} below @param {...any} actions */
export const heading = (title, below, ...actions) =>
  h('div.heading', h('div', h('h1', title), below ? h('p.muted', below) : null), h('div.row', actions));

/** @param {string} label @param {any} input @param {string | null} [hint] */
export function field(label, input, hint) {
  if (!input.id) input.id = newId('field');
  return h('div.field', h('label', { for: input.id }, label), input, hint ? h('span.hint', hint) : null);
}

/** @param {string} href @param {any} text */
export const link = (href, text) => h('a', { href }, text);
/** A link that looks like a button. @param {string} href @param {any} text */
export const linkButton = (href, text) => h('a.button', { href }, text);
/** The one that most will follow. @param {string} href @param {any} text */
export const mainLink = (href, text) => h('a.button.primary', { href }, text);

/** @param {(string | [string, any])[]} options value and text, or one that is both @param {Record<string, any>} [props] */
export function choice(options, { value, ...props } = {}) {
  const element = h('select', props, options.map(one => typeof one === 'string' ? h('option', { value: one }, one) : h('option', { value: one[0] }, one[1])));
  if (value !== undefined) element.value = value;
  return element;
}

/** @param {[string, any, any?][]} items name, figure and what stands below */
export const figures = items => h('dl.figures', items.map(([name, value, below]) =>
  h('div', h('dt', name), h('dd', value, below ? h('small', below) : null))));

/** @param {number | undefined} value of 1 */
export const progress = value => h('progress', { max: 1, value, 'aria-label': 'Progress' });

/** The time that something has taken, or will. @param {{state: string, startedAt: string | null, endedAt: string | null, etaSeconds: number | null}} one @returns {[string, string]} */
export const timeOf = ({ startedAt, endedAt, etaSeconds }) =>
  endedAt ? ['Took', duration(startedAt ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : null)] : ['Left', duration(etaSeconds)];

/** A time that has passed, which goes on while it is shown (app.js). @param {string | null | undefined} iso */
export const since = iso => h('span.nowrap', { 'data-since': iso }, ago(iso));

/** When a job or a study began. @param {{state?: string, createdAt: string, startedAt?: string | null, transitions?: {at: string}[]}} one */
export function beganAt({ state, createdAt, startedAt, transitions }) {
  if (state === 'queued') return ['waiting, queued ', since(transitions?.length ? transitions[transitions.length - 1].at : createdAt)];
  return startedAt ? ['started ', since(startedAt)] : 'never started';
}

export const empty = (title, text, action) => h('div.empty', h('h2', title), h('p.muted', text), action);

/** @param {string[]} warnings */
export const warningList = warnings => warnings.map(text => h('p.notice.warn', advised(text)));

/** A refusal in its own words, each thing on a line; that the service did not answer is said until it does. @param {any} reason */
export function refusal(reason) {
  const note = h('div.notice.bad', { role: 'alert' }, reason.errors?.length > 1 ? reason.errors.map(error => h('p', advised(error.detail))) : advised(reason.message ?? reason));
  reason.back?.then(() => note.remove());
  return note;
}

/** Where the page has what the service's sentences advise its clients to send. @type {[RegExp, string][]} */
const PLACES = [[/\?(header|delimiter|decimal|thousands|missing)=/, 'under “Reading the file”'], [/\?types=/, 'the type of a column, where the table is shown'],
  [/"task":/, 'the choice “Task”'], [/\bignore\.$/, 'under “From which columns”: take its mark away']];

/** @param {string} text */
export function advised(text) {
  const places = PLACES.filter(([pattern]) => pattern.test(text)).map(([, place]) => place);
  return places.length ? `${text} On this page that is ${places.join(', and ')}.` : text;
}

const BADGES = { running: 'live', succeeded: 'good', failed: 'bad', paused: 'warn' };
export const badge = state => h('span.badge', { class: BADGES[/** @type {keyof typeof BADGES} */ (state)] ?? null }, state);

/** @param {any[]} head text, or in an array that of a column of numbers @param {any[][]} rows @param {string} label */
export const grid = (head, rows, label, className = '') => scrolled(label, 'div.scroll.card', className, head, rows.map(row => h('tr.link', cellsOf(head, row))));

/** A table without a card of its own, in whose rows the first cell is a name. @param {any[]} head as of a grid @param {any[][]} rows @param {string} label */
export const figureTable = (head, rows, label, className = '') =>
  scrolled(label, 'div.scroll', className, head, rows.map(([name, ...others]) => h('tr', h('th', { scope: 'row' }, name), cellsOf(head.slice(1), others))));

const scrolled = (label, tag, className, head, rows) => h(tag, { tabindex: 0, role: 'region', 'aria-label': label }, h('table', { class: className || null },
  h('thead', h('tr', head.map(one => h(Array.isArray(one) ? 'th.n' : 'th', { scope: 'col' }, one)))), h('tbody', rows)));

/** A cell may be an element of the table already. @param {any[]} head @param {any[]} cells */
const cellsOf = (head, cells) => cells.map((cell, i) => cell instanceof HTMLTableCellElement ? cell : h(Array.isArray(head[i]) ? 'td.n' : 'td', {}, cell));

/** Without a clipboard, as over http from another machine, there is none. @param {string} what @param {string} label */
export function copyButton(what, label) {
  if (!navigator.clipboard) return null;
  const button = h('button', { onclick: async () => { button.textContent = await navigator.clipboard.writeText(what).then(() => 'Copied', () => 'The browser does not allow it'); } }, label);
  return button;
}

/** The request behind a view, as JSON and as a line for a terminal. @param {string} method @param {string} path @param {any} [json] */
export function request(method, path, json, title = 'The request behind this') {
  const line = curl(method, path, json);
  return h('details', h('summary', title),
    h('div.stack.tight', json === undefined ? null : h('pre', JSON.stringify(json, null, 2)), h('pre', line), h('div', copyButton(line, 'Copy the curl line'))));
}

/** A button for what may take a while or be refused: another press meanwhile does nothing, and a refusal is shown. @param {string} text @param {Element} said where @param {() => Promise<any>} run */
export function action(text, said, run) {
  let isRunning = false;
  const button = h('button', { onclick: async () => {
    if (isRunning) return;
    isRunning = true;
    button.setAttribute('aria-disabled', 'true'); // one that is disabled loses the focus
    await run().catch(reason => put(said, refusal(reason)));
    button.removeAttribute('aria-disabled');
    isRunning = false;
  } }, text);
  return button;
}

/** A button that deletes, and asks before. @param {string} question @param {string} path @param {string} next @param {Element} said */
export const deletion = (question, path, next, said) => action('Delete', said, async () => {
  if (!await confirmed(question)) return;
  await remove(path);
  location.hash = next;
});

/** @param {string} question @returns {Promise<boolean>} */
function confirmed(question) {
  return new Promise(resolve => {
    const title = newId('dialog');
    const dialog = h('dialog', { 'aria-labelledby': title, onclose: () => { resolve(dialog.returnValue === 'yes'); dialog.remove(); } },
      h('form.stack', { method: 'dialog' }, h('h2', { id: title }, question),
        h('div.row.end', h('button', { type: 'submit', value: 'no' }, 'Keep'), h('button.primary', { type: 'submit', value: 'yes' }, 'Delete'))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
