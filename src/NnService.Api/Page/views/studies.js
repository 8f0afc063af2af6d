import { get, post } from '../core/api.js';
import { h, put, renew } from '../core/dom.js';
import { ENDED, pause } from '../core/events.js';
import { number, percent, several, words } from '../core/format.js';
import { action, badge, beganAt, deletion, empty, figures, grid, heading, link, linkButton, mainLink, progress, refusal, request, since, timeOf, warningList } from '../core/parts.js';
import { parallel, settingName } from '../charts/parallel.js';
import { metricName, metricText } from './metrics.js';

/** @typedef {import('../core/answers').Study} Study */

/** @param {import('../core/router.js').Visit} visit */
export async function studies({ signal, query, title }) {
  title('Studies');
  const page = await get('studies', { limit: 50, cursor: query.get('cursor') }, signal);
  return h('div.stack', heading('Studies', 'Many trainings for one question: a search for settings, or a cross-validation.', linkButton('#/jobs', 'Jobs'), mainLink('#/studies/new', 'New study')),
    page.items.length ? grid(['Study', 'Kind', 'State', 'Progress', 'Started'], page.items.map(one => [
      link(`#/studies/${one.id}`, one.name), words(one.kind), badge(one.state), percent(one.progress), since(one.startedAt),
    ]), 'Studies') : empty('There is no study yet', 'A search tries settings and keeps the best; a cross-validation tells what to expect of new rows.', mainLink('#/studies/new', 'New study')),
    page.nextCursor ? linkButton(`#/studies?cursor=${page.nextCursor}`, 'Older studies') : null);
}

/** @param {import('../core/router.js').Visit} visit */
export async function study({ params: [id], signal, title }) {
  let one = /** @type {Study} */ (await get(`studies/${id}`, {}, signal));
  title(one.name);
  const all = h('div.stack');
  const said = h('div');
  let drawn = '';

  function buttons() {
    const button = (/** @type {'pause' | 'stop' | 'cancel' | 'resume'} */ verb, text) => action(text, said, async () => {
      one = /** @type {Study} */ (await post(`studies/${id}/${verb}`, undefined));
      draw();
    });
    if (!ENDED.includes(one.state)) return [one.state === 'paused' ? button('resume', 'Resume') : button('pause', 'Pause'), button('stop', 'Stop, keep the best'), button('cancel', 'Cancel')];
    return [deletion('Delete this study with its jobs and their models? What it has kept stays.', `studies/${id}`, '#/studies', said),
      one.model ? mainLink(`#/models/${one.model.name}?version=${one.model.version}`, 'Ask the model') : null];
  }

  function draw() {
    const now = JSON.stringify(one);
    if (now === drawn) return;
    drawn = now;
    const { kind, metric, direction, job } = one.configuration;
    const better = direction === 'maximize' ? -1 : 1;
    const trials = [...one.trials].sort((a, b) => (a.value ?? Infinity * better) * better - (b.value ?? Infinity * better) * better);
    const isSearch = kind === 'search';
    const names = isSearch ? [...new Set(trials.flatMap(trial => Object.keys(trial.parameters ?? {})))] : [];
    const ended = one.trials.filter(trial => trial.state === 'succeeded').length;
    renew(all, heading(one.name, h('span.row', badge(one.state), h('span', `${words(kind)} of ${job.target} of ${job.dataset}, `, beganAt(one))), buttons()), said,
      h('div.card.stack', progress(one.progress),
        figures([[isSearch ? 'Trials' : 'Folds', number(ended), `of ${number(one.trials.length)}`], ...(isSearch ? [/** @type {[string, any, any]} */ (['Best', number(one.best?.value), metric])] : []), timeOf(one)])),
      one.error ? h('p.notice.bad', one.error) : null, warningList(one.warnings ?? []),
      one.metrics ? foldsView(one.metrics) : null,
      names.length && trials.some(trial => trial.value !== null) ? h('section.card.stack', h('h2', 'Settings and what came of them'), h('div.diagram.wide', { tabindex: 0, role: 'region', 'aria-label': 'Settings and what came of them' }, parallel(trials, names, metric ?? 'value', better))) : null,
      h('section.stack.tight', h('h2', isSearch ? 'Leaderboard' : 'Folds'), grid([isSearch ? 'Trial' : 'Fold', 'State', [metric ?? 'Value'], ...names.map(name => [settingName(name)]), ['Epochs']], (isSearch ? trials : one.trials).map(trial => [
        trial.jobId ? link(`#/jobs/${trial.jobId}`, number(trial.number + 1)) : number(trial.number + 1), badge(trial.state), number(trial.value), ...names.map(name => textOf(trial.parameters[name])), number(trial.epochs)]), 'Leaderboard')));
  }

  async function live() {
    while (!signal.aborted && !ENDED.includes(one.state)) {
      await pause(1500, signal);
      try {
        one = /** @type {Study} */ (await get(`studies/${id}`, {}, signal));
      } catch (reason) {
        if (reason.status === 404 || reason.status === 401) return put(said, refusal(reason));
      }
      if (!signal.aborted) draw();
    }
  }

  draw();
  if (!ENDED.includes(one.state)) live();
  return h('div.stack', all, h('div.card', request('POST', 'studies', one.configuration)));
}

const textOf = value => typeof value === 'number' ? number(value) : typeof value === 'string' ? value : JSON.stringify(value ?? null);

/** @param {Record<string, any>} metrics */
function foldsView(metrics) {
  const names = Object.keys(metrics).filter(name => typeof metrics[name]?.mean === 'number').slice(0, 8);
  return h('section.card.stack', h('h2', 'Over the folds'), figures(names.map(name => {
    const { mean, standardDeviation, interval } = metrics[name];
    return [metricName(name), metricText(name, mean), interval ? `${metricText(name, interval[0])} to ${metricText(name, interval[1])}` : standardDeviation === 0 ? 'the same in every fold' : ''];
  })));
}
