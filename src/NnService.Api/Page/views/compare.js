import { get, post } from '../core/api.js';
import { h } from '../core/dom.js';
import { number, words } from '../core/format.js';
import { grid, heading, link, linkButton, request } from '../core/parts.js';
import { lineChart } from '../charts/lines.js';
import { nameOf } from './jobs.js';
import { metricName, metricText } from './metrics.js';

/** @param {import('../core/router.js').Visit} visit */
export async function compare({ query, signal, title }) {
  title('Compare');
  const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
  const [answer, histories] = await Promise.all([
    post('training-jobs/compare', { ids }, { signal }),
    Promise.all(ids.slice(0, 6).map(id => get(`training-jobs/${id}/history`, { maxPoints: 400 }, signal))),
  ]);
  const name = i => `${i + 1}: ${nameOf(answer.jobs[i])}`;
  const chart = lineChart('Losses of the jobs by epoch');
  chart.draw({
    isLog: true, xName: 'epoch', yName: 'loss',
    series: histories.map((history, i) => ({ name: name(i), points: /** @type {[number, number][]} */ (history.points.map(p => [p.epoch, p.validationLoss ?? p.trainLoss]).filter(p => p[1] !== null)) })),
  });
  const names = ['accuracy', 'balancedAccuracy', 'logLoss', 'rocAuc', 'r2', 'rootMeanSquaredError'].filter(one => answer.metrics[`test.${one}`]);
  return h('div.stack', heading('Compare', 'Side by side, and what differs.', linkButton('#/jobs', 'Jobs')),
    h('section.card.stack', h('h2', 'Loss'), h('p.muted.small', 'Validation loss, or train loss where there is no validation part.'), chart.element),
    names.length ? h('section.stack.tight', h('h2', 'On test rows'), grid(['Job', ...names.map(one => [metricName(one)])], answer.jobs.map((job, i) =>
      [link(`#/jobs/${job.id}`, name(i)), ...names.map(one => metricText(one, answer.metrics[`test.${one}`][i]))]), 'Test metrics')) : null,
    h('section.stack.tight', h('h2', 'What differs'), answer.configuration.length
      ? grid(['Setting', ...ids.map((_, i) => name(i))], answer.configuration.map(one => [h('span', { title: one.pointer }, settingName(one.pointer)), ...one.values.map(value => h('span.tiny.value', settingText(value)))]), 'Differences')
      : h('p.muted', 'Nothing: the configurations are the same.')),
    h('div.card', request('POST', 'training-jobs/compare', { ids })));
}

/** `/network/layers/0/units` is "Layer 1: units", as in the form for a training. @param {string} pointer */
export function settingName(pointer) {
  const [, layer, path] = /^\/network\/layers\/(\d+)(.*)$/.exec(pointer) ?? ['', '', pointer];
  const name = path.split('/').slice(1).map(part => words(part.replaceAll('~1', '/'))).join(', ');
  return layer ? [`Layer ${Number(layer) + 1}`, name].filter(Boolean).join(': ') : name;
}

const settingText = value => value === null ? '–' : typeof value === 'number' ? number(value) : typeof value === 'string' ? value : JSON.stringify(value);
