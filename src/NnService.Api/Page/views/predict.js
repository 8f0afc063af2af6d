import { post, saveAs, send } from '../core/api.js';
import { afterQuiet, h, newId, put } from '../core/dom.js';
import { number, percent, valueOf } from '../core/format.js';
import { choice, refusal, request, warningList } from '../core/parts.js';
import { contributions, meters } from '../charts/bars.js';
import { clearProblems, showProblems } from '../core/problems.js';
import { readingForm } from './reading.js';

/**
 * A form of the model's columns, which asks as one types or moves a slider.
 * @param {import('../core/answers').VersionPath} path of the version
 * @param {import('../core/answers').Version} version
 * @param {import('../core/answers').Table | null} table the profile of the table it was trained on; null: it is not there
 * @param {AbortSignal} signal
 */
export async function predictForm(path, version, table, signal) {
  const answer = h('div.stack.tight', { 'aria-live': 'polite' });
  const why = h('div.stack.tight');
  const behind = h('div');
  const rest = h('div');
  const ask = afterQuiet(() => predict(), 60);
  const inputs = version.features.map(name => input(name, version, table, ask));
  const form = h('form.stack', { novalidate: true, onsubmit: event => { event.preventDefault(); predict(); } },
    h('div.fields', inputs.map(one => one.element)));
  // Where the test part knows how often intervals hold, the model has them.
  const held = version.metrics?.test?.coverage;
  const query = typeof held === 'number' ? { interval: 0.9 } : {};
  // A twentieth of what the answer can be.
  const target = table?.columns.find(one => one.name === version.targets?.[0]);
  const least = (version.labels?.length ? 1 : (target?.max ?? 0) - (target?.min ?? 0)) / 20;
  let turn = 0;

  async function predict() {
    const mine = ++turn;
    const row = Object.fromEntries(inputs.map(one => [one.name, one.value()]));
    put(behind, request('POST', `${path}/predict${query.interval ? '?interval=0.9' : ''}`, { rows: [row] }));
    try {
      const [predicted, explained] = await Promise.all([
        post(`${path}/predict`, { rows: [row] }, { query, signal }), post(`${path}/explain`, { row, steps: 64 }, { signal }).catch(() => null),
      ]);
      if (mine !== turn) return;
      clearProblems(form);
      put(rest);
      put(answer, show(predicted.predictions[0], held), warningList(predicted.warnings ?? []));
      put(why, explained ? [h('h3', 'Why'), h('p.muted.small', `What each column adds to ${typeof predicted.predictions[0].label === 'string' ? `the probability of ${explained.output}` : explained.output}, from ${number(explained.baselinePrediction, 3)} for an average row.`),
        contributions(explained.features.map(one => ({ name: one.feature, value: one.attribution })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 12), least)] : null);
    } catch (reason) {
      if (mine !== turn || signal.aborted) return;
      put(answer, h('p.muted', 'No answer to these values.')); // the last one belongs to others
      put(why);
      reason.back?.then(ask);
      showProblems(form, rest, pointed(reason));
    }
  }

  await predict();
  return h('section.card.stack', h('h2', 'Ask it'), h('div.columns.ask', form, h('div', h('div.stack.tight.told', { tabindex: 0, role: 'region', 'aria-label': 'Answer' }, answer, rest), why)), byFile(path, signal), behind);
}

/** Rows of a file, answered as the same file with the predictions as further columns. @param {string} path @param {AbortSignal} signal */
function byFile(path, signal) {
  const said = h('div', { role: 'status' });
  const reading = readingForm({}, { unsaid: 'As in training' });
  const input = h('input.visually-hidden', { type: 'file', accept: '.csv,.tsv,.txt,text/csv', 'aria-label': 'A CSV file of rows', tabindex: -1, onchange: async () => {
    const file = input.files?.[0];
    if (!file) return;
    put(said, `${file.name}: predicting …`);
    try {
      const answer = await send('POST', `${path}/predict`, { query: { ...reading.query(), ignoreUnknown: true }, body: file, headers: { 'Content-Type': 'text/csv', Accept: 'text/csv' }, signal });
      saveAs(await answer.blob(), `${file.name.replace(/\.\w+$/, '')}-predicted.csv`);
      put(said, `${file.name}: done; the file with the predictions is among your downloads.`, warningList(JSON.parse(answer.headers.get('X-Warnings') ?? '[]')));
    } catch (reason) {
      put(said, refusal(reason));
    }
    input.value = '';
  } });
  return h('div.stack.tight', h('div.row', h('button', { onclick: () => input.click() }, 'Ask about a whole file'), input, said), reading.element);
}

/** A prediction's pointer is that of a row, `#/rows/0/weight`; the form has one. */
function pointed(reason) {
  for (const error of reason.errors ?? []) error.pointer = error.pointer?.replace(/^#\/rows?\/0/, '#');
  return reason;
}

/** @param {import('../core/answers').Schemas['PredictionResponse']} prediction @param {any} held how often intervals did on test rows */
function show(prediction, held) {
  const sure = text => h('p.muted', `Nine times in ten: ${text}. On test rows it held ${Math.round(held * 100)} % of the time.`);
  if (prediction.probabilities) {
    const items = Object.entries(prediction.probabilities).map(([name, value]) => ({ name, value: Number(value), text: percent(Number(value)) })).sort((a, b) => b.value - a.value);
    return [h('div', h('p.muted.small', 'Prediction'), h('p.answer', prediction.label), (prediction.labels?.length ?? 0) > 1 ? sure(`one of ${prediction.labels?.join(', ')}`) : null), meters(items.slice(0, 10))];
  }
  const values = prediction.values ?? { Prediction: prediction.value };
  const interval = Array.isArray(prediction.interval) ? prediction.interval : null;
  return Object.entries(values).map(([name, value]) => h('div', h('p.muted.small', name), h('p.answer', number(Number(value), 5)), interval ? sure(`${number(interval[0])} to ${number(interval[1])}`) : null));
}

const MISSING = /** @type {[string, string]} */ (['', 'missing']);

/** @param {string} name @param {import('../core/answers').Version} version @param {import('../core/answers').Table | null} table @param {() => void} ask */
function input(name, version, table, ask) {
  const column = table?.columns.find(one => one.name === name);
  const prepared = version.preprocessing?.columns?.find(one => one.name === name);
  const id = newId('value');
  const shared = { id, 'data-pointer': `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, oninput: ask };
  const wrap = (control, /** @type {any[]} */ ...more) => h('div.field', h('label', { for: id }, name), control, more);
  const type = column?.type ?? prepared?.type ?? 'number';
  const usual = [...column?.categories ?? []].sort((a, b) => b.count - a.count)[0]?.value;

  if (type === 'boolean') {
    const control = choice(['true', 'false', MISSING], { ...shared, value: usual ?? 'true' });
    return { name, element: wrap(control), value: () => control.value ? control.value === 'true' : null };
  }
  if (prepared?.dates?.length) {
    const known = (column?.categories ?? []).map(one => one.value).sort();
    const isDay = known.every(value => /^\d{4}-\d\d-\d\d$/.test(value));
    const control = h('input', { ...shared, type: isDay ? 'date' : 'text', value: known[known.length >> 1] ?? '' });
    return { name, element: wrap(control), value: () => control.value || null };
  }
  if (type === 'category' || type === 'text') {
    const values = prepared?.categories?.length ? prepared.categories : (column?.categories ?? []).map(one => one.value);
    const control = values.length ? choice([...values.map(String), MISSING], { ...shared, value: values.map(String).find(value => value === usual) ?? values[0] }) : h('input', shared);
    return { name, element: wrap(control), value: () => control.value || null };
  }

  const [low, high] = [column?.min ?? -3, column?.max ?? 3];
  const isWhole = Boolean(column?.integer);
  const start = column?.mean ?? 0;
  const text = h('input', { ...shared, inputmode: 'decimal', autocomplete: 'off', value: String(isWhole ? Math.round(start) : Number(start.toPrecision(4))), oninput: () => { range.value = text.value; ask(); } });
  const range = h('input', { type: 'range', min: low, max: high, step: isWhole ? 1 : (high - low) / 200 || 1, 'aria-label': `${name}, from ${number(low)} to ${number(high)}`, oninput: () => { text.value = String(Number(Number(range.value).toPrecision(5))); ask(); } });
  range.value = text.value;
  return { name, element: wrap(text, range), value: () => valueOf(text.value) ?? null };
}
