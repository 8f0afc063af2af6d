import { get } from '../core/api.js';
import { h, put, renew } from '../core/dom.js';
import { ago, duration, number, percent } from '../core/format.js';
import { badge, choice, empty, field, grid, heading, link, linkButton, mainLink, progress, refusal, since } from '../core/parts.js';
import { pause } from '../core/events.js';

/** @typedef {import('../core/answers').Schemas['TrainingJobItem']} Item */

const FIELDS = 'id,state,progress,epoch,epochs,startedAt,etaSeconds,trainLoss,validationLoss,metrics.test.accuracy,metrics.test.r2,model,configuration.dataset,configuration.target,configuration.model';
const STATES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
const SORTS = /** @type {[string, any][]} */ ([['', 'Newest first'], ['createdAt', 'Oldest first'], ['validationLoss', 'Validation loss'], ['-test.accuracy', 'Test accuracy'], ['-test.r2', 'Test R²']]);

/** Those to compare, from whatever page of the list. @type {Set<string>} */
const chosen = new Set();

/** A page of the list: however many jobs there are, fifty are asked for and drawn. @param {import('../core/router.js').Visit} visit */
export async function jobs({ query, signal, title }) {
  title('Jobs');
  const [state, sort, dataset, cursor] = ['state', 'sort', 'dataset', 'cursor'].map(name => query.get(name) ?? '');
  const filter = { state, sort, dataset, cursor, limit: 50, fields: FIELDS };
  const list = h('div.stack.tight');
  const compareLink = h('a.button', { href: '#/jobs' });
  const pages = h('nav.row', { 'aria-label': 'Pages' });
  /** @type {Item[]} */
  let items = [];
  let drawn = '';
  let isCluster = true;
  const nodes = h('div');

  function draw() {
    if (!items.length) {
      put(list, state || dataset || cursor ? h('p.muted', 'No job is like that.')
        : empty('Nothing has been trained yet', 'A job is one training: its loss falls before your eyes, and it survives a restart.', mainLink('#/train', 'Train a network')));
      return;
    }
    renew(list, grid([h('span.visually-hidden', 'Compare'), 'Job', 'State', 'Progress', ['Validation loss'], ['Test'], 'Started'], items.map(row), 'Jobs'));
  }

  /** @param {Item} one */
  function row(one) {
    const { id = '' } = one;
    const name = nameOf(one);
    const test = one.metrics?.test;
    return [h('input', { type: 'checkbox', value: id, checked: chosen.has(id), 'aria-label': `Choose ${name} to compare`, onchange: event => choose(id, event.target.checked) }),
      link(`#/jobs/${id}`, name), badge(one.state),
      one.state === 'running' || one.state === 'paused' ? h('div', progress(one.progress), h('span.tiny.muted.nowrap', `${percent(one.progress)}${one.etaSeconds ? `, ${duration(one.etaSeconds)} left` : ''}`)) : `${number(one.epoch)} epochs`,
      number(one.validationLoss), typeof test?.accuracy === 'number' ? percent(test.accuracy) : typeof test?.r2 === 'number' ? `R² ${number(test.r2, 3)}` : '–', since(one.startedAt)];
  }

  /** @param {string} id @param {boolean} isOn */
  function choose(id, isOn) {
    if (isOn) chosen.add(id);
    else chosen.delete(id);
    compareLink.hidden = chosen.size < 2;
    compareLink.textContent = `Compare ${chosen.size}`;
    compareLink.setAttribute('href', `#/compare?ids=${[...chosen].join(',')}`);
  }

  async function refresh() {
    const page = await get('training-jobs', filter, signal);
    const now = JSON.stringify(page);
    if (now === drawn) return;
    drawn = now;
    items = page.items;
    draw();
    put(pages, cursor ? linkButton(addressOf({ cursor: '' }), 'First page') : null,
      page.nextCursor ? linkButton(addressOf({ cursor: page.nextCursor }), sort ? 'Next page' : 'Older jobs') : null);
  }

  // Which node trains what; nothing where there is one.
  async function look() {
    const cluster = await get('cluster', {}, signal);
    isCluster = cluster.isCluster;
    if (isCluster) put(nodes, grid(['Node', 'Role', 'Seen', 'Trains'], cluster.nodes.map(one => [one.name, one.role, one.isAlive ? ago(one.lastSeenAt) : 'gone',
      one.jobs.map(job => [link(`#/jobs/${job.id}`, job.model), ' '])]), 'Nodes'));
  }

  async function live() {
    let refused = null;
    while (!signal.aborted && !refused) {
      await pause(items.some(one => one.state === 'running' || one.state === 'queued') ? 1500 : 6000, signal);
      if (!signal.aborted && !document.hidden) await Promise.all([refresh(), isCluster && look()]).catch(reason => { refused = reason.status === 401 ? reason : null; });
    }
    if (refused) list.prepend(refusal(refused));
  }

  const addressOf = more => `#/jobs?${new URLSearchParams(Object.entries({ state, sort, dataset, cursor, ...more }).filter(([, value]) => value))}`;
  const go = more => { location.hash = addressOf({ ...more, cursor: '' }); };
  const [tables] = await Promise.all([get('datasets', { limit: 500 }, signal), refresh(), look()]);
  const names = new Set([...tables.items.map(one => one.name), ...(dataset ? [dataset] : [])]);
  const filters = [
    field('State', choice([['', 'Any state'], ...STATES], { value: state, onchange: event => go({ state: event.target.value }) })),
    field('Table', choice([['', 'Any table'], ...names], { value: dataset, onchange: event => go({ dataset: event.target.value }) })),
    field('Order', choice(SORTS, { value: sort, onchange: event => go({ sort: event.target.value }) })),
  ];
  choose('', false);
  live();
  return h('div.stack', heading('Jobs', 'Each is one training.', compareLink, linkButton('#/studies', 'Studies'), mainLink('#/train', 'Train')),
    h('div.fields', filters), list, pages, nodes);
}

/** Whether a job only trains a model again, which goes when it has been compared. @param {any} configuration */
export const isVerification = configuration => /^verify-[0-9a-f]{12}$/.test(configuration?.model);

/** @param {Item} one */
export function nameOf({ id, model, configuration }) {
  const { target, dataset } = /** @type {any} */ (configuration ?? {});
  if (isVerification(configuration)) return `${target} of ${dataset}, verification`;
  return model ? `${model.name}, version ${model.version}` : target && dataset ? `${target} of ${dataset}` : `job ${id?.slice(-12)}`;
}
