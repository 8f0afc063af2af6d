import { h } from '../core/dom.js';
import { number, percent, words } from '../core/format.js';
import { figureTable, figures } from '../core/parts.js';

const SHOWN = ['accuracy', 'balancedAccuracy', 'macroF1', 'rocAuc', 'logLoss', 'r2', 'rootMeanSquaredError', 'meanAbsoluteError', 'medianAbsoluteError'];
const NAMES = /** @type {Record<string, string>} */ ({ rocAuc: 'ROC AUC', macroF1: 'Macro F1', r2: 'R²', rootMeanSquaredError: 'RMSE', logLoss: 'Log loss' });
const MOST_LABELS = 20;
const FRACTIONS = ['accuracy', 'balancedAccuracy'];

export const metricName = name => NAMES[name] ?? words(name).replace(/^./, letter => letter.toUpperCase());
/** @param {string} name @param {number | null | undefined} value */
export const metricText = (name, value) => FRACTIONS.includes(name) ? percent(value)
  : value && Math.abs(value) >= 1 && Math.abs(value) < 1e9 ? value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 3 : 0 }).replace('-', '−') : number(value, 3); // as the verdict has it

/** The part that tells most of those that were measured; '': there is none. @param {any} metrics by part */
export const partOf = metrics => ['test', 'validation', 'train'].find(name => metrics?.[name]) ?? '';

/** Figures of the best part there is, with intervals, baselines, confusion matrix and the verdict. @param {any} metrics of a training by part, or those of an evaluation */
export function metricsView(metrics, tag = 'section.card.stack') {
  const part = partOf(metrics);
  const figuresOf = metrics[part] ?? metrics;
  const [intervals, baselines] = [metrics.intervals ?? {}, metrics.baselines ?? {}];
  const names = SHOWN.filter(name => typeof figuresOf[name] === 'number');
  const against = names.filter(name => typeof baselines.linear?.[name] === 'number' || typeof baselines.trivial?.[name] === 'number').slice(0, 5);
  return h(tag, {},
    h('h2', part === 'test' ? 'On rows it has never seen' : part ? `On the ${part} rows` : 'Metrics'),
    metrics.verdict ? verdictOf(metrics.verdict) : null,
    figures(names.map(name => [metricName(name), metricText(name, figuresOf[name]), (!part || part === 'test') && intervals[name] ? `${metricText(name, intervals[name][0])} to ${metricText(name, intervals[name][1])}` : null])),
    against.length ? h('div.stack.tight', h('h3', 'Against simple models'), figureTable(['Model', ...against.map(name => [metricName(name)])],
      [['This network', figuresOf], ['Linear', baselines.linear], ['Trivial', baselines.trivial]].filter(([, values]) => values).map(([name, values]) => [name, ...against.map(one => metricText(one, values[one]))]), 'Baselines')) : null,
    figuresOf.perClass?.length > MOST_LABELS ? h('p.muted.small', `By label and as a confusion matrix at most ${MOST_LABELS} labels are shown; here are ${number(figuresOf.perClass.length)}.`) : null,
    h('div.columns', figuresOf.confusionMatrix ? confusion(figuresOf.confusionMatrix) : null, figuresOf.perClass ? perClass(figuresOf.perClass) : null));
}

/** A line for each sentence. @param {string} verdict */
function verdictOf(verdict) {
  const [first, ...others] = verdict.split(/(?<=\.) (?=[A-Z])/);
  return h('div', h('p', h('strong', first)), others.length ? h('ul', others.map(text => h('li', text))) : null);
}

/** What accuracy hides where one label is rare. @param {import('../core/answers').Schemas['ClassMetrics'][]} labels */
function perClass(labels) {
  if (labels.length > MOST_LABELS) return null;
  return h('div.stack.tight', h('h3', 'By label'), h('p.muted.small', 'Precision: of those it calls so, how many are. Recall: of those that are, how many it finds.'),
    figureTable(['Label', ['Precision'], ['Recall'], ['F1'], ['Rows']], labels.map(one => [one.label, percent(one.precision), percent(one.recall), number(one.f1, 3), number(one.rows)]), 'By label'));
}

/** @param {{labels: string[], counts: number[][]}} matrix */
function confusion({ labels, counts }) {
  if (labels.length > MOST_LABELS) return null;
  return h('div.stack.tight', h('h3', 'Confusion matrix'), h('p.muted.small', 'Rows are the true labels, columns the predicted ones.'),
    figureTable(['True', ...labels], counts.map((row, i) => {
      const sum = row.reduce((a, b) => a + b, 0);
      return [labels[i], ...row.map((count, k) => {
        const cell = h('td', number(count));
        if (count) cell.style.background = `color-mix(in srgb, var(${i === k ? '--accent' : '--second'}) ${Math.round(8 + 32 * count / sum)}%, var(--surface))`;
        return cell;
      })];
    }), 'Confusion matrix', 'confusion'));
}
