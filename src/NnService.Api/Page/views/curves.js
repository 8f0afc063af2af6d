import { get, post } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { number } from '../core/format.js';
import { action, choice, field, warningList } from '../core/parts.js';
import { lineChart } from '../charts/lines.js';
import { scatter } from '../charts/scatter.js';
import { metricsView } from './metrics.js';

const MOST_DRAWN = 6;

/** Evaluates a model on a table, with curves. @param {import('../core/answers').VersionPath} path @param {import('../core/answers').Table | null} table that it was trained on @param {AbortSignal} signal */
export async function curvesView(path, table, signal) {
  const { items } = await get('datasets', { limit: 500 }, signal);
  if (!items.length) return null;
  const names = items.map(one => one.name);
  const tables = choice(names, { value: names.find(name => name === table?.name) ?? names[0] });
  const out = h('div.stack');
  const button = action('Evaluate', out, async () => show(out, await post(`${path}/evaluate`, { dataset: tables.value }, { query: { curves: true }, signal })));
  return h('details.card', h('summary', 'Evaluate on a table, with curves'),
    h('div.stack', h('p.muted', 'On the table that it was trained on, figures flatter: most of its rows are known to the model.'),
      h('div.narrow', field('Table', tables)), h('div', button), out));
}

/** @param {Element} out @param {import('../core/answers').Schemas['EvaluateResponse']} answer */
function show(out, { metrics, curves, rows, loss, intervals, baselines, verdict, warnings }) {
  const charts = [];
  const all = Object.keys(curves?.roc ?? curves?.residuals ?? {});
  const labels = Object.keys(curves?.roc ?? {}).slice(0, MOST_DRAWN);
  const unit = { x: /** @type {[number, number]} */ ([0, 1]), y: /** @type {[number, number]} */ ([0, 1]) };
  const add = (title, xName, of, x, y, diagonal = true) => {
    const chart = lineChart(title, { height: 320 });
    chart.draw({ ...unit, xName, yName: '', diagonal, series: labels.map(label => ({ name: label, points: (of?.[label] ?? []).filter(p => p[x] !== null && p[y] !== null).map(p => [p[x], p[y]]) })) });
    charts.push(h('section.stack.tight', h('h3', title), chart.element));
  };
  if (curves && labels.length) {
    add('ROC', 'false positive rate', curves.roc, 'falsePositiveRate', 'truePositiveRate');
    add('Precision and recall', 'recall', curves.precisionRecall, 'recall', 'precision', false);
    add('Calibration', 'probability said; upwards, share that was right', curves.calibration, 'predicted', 'observed');
  }
  for (const [title, points] of residualsOf(curves?.residuals ?? {})) charts.push(h('section.stack.tight', h('h3', title), scatter(title, points, 'predicted')));
  put(out, h('p.small.muted', `${number(rows)} rows, loss ${number(loss)}.`), warningList(warnings), metricsView({ ...metrics, intervals, baselines, verdict }, 'section.stack'),
    all.length > MOST_DRAWN ? h('p.muted.small', `Drawn for the first ${MOST_DRAWN} of ${all.length}: ${labels.join(', ')}.`) : null, h('div.columns.even', charts));
}

/** What is drawn of at most six targets: titles and points. @param {Record<string, any[]>} residuals @returns {[string, [number, number][]][]} */
export function residualsOf(residuals) {
  return Object.entries(residuals).slice(0, MOST_DRAWN)
    .map(([name, list]) => [`Residuals of ${name}`, list.filter(p => p.residual !== null).map(p => [p.predicted, p.residual])]);
}
