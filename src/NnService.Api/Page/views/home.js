import { get } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { several } from '../core/format.js';
import { badge, grid, link, refusal, since } from '../core/parts.js';
import { nameOf } from './jobs.js';
import { dropZone } from './upload.js';

/** The first view does not wait for what the service knows; that follows. @param {import('../core/router.js').Visit} visit */
export function home({ signal, title }) {
  title('Watch it learn');
  const latest = h('section.stack.tight');
  const models = h('p.muted', 'A trained model answers, explains itself and can be taken away.');
  const look = () => fill(latest, models, signal).catch(reason => {
    if (signal.aborted) return;
    put(latest, refusal(reason));
    reason.back?.then(look);
  });
  look();
  return h('div.stack', {},
    h('section.hero', h('h1', 'Bring a table. Watch it learn.'),
      h('p.lead', 'Drop a CSV file, choose what is to be predicted, and press train. Every number on the way can be looked at.')),
    dropZone(signal),
    h('div.cards', {},
      card('#/playground', 'No table at hand?', h('p.muted', 'Make a spiral, two moons or XOR, and see a small network bend its boundary.')),
      card('#/lessons', 'How does it work?', h('p.muted', 'From one neuron to a trained network, with the tutorials’ own numbers computed as you read.')),
      card('#/models', 'Ask a model', models)),
    latest);
}

/** @param {Element} latest @param {Element} models @param {AbortSignal} signal */
async function fill(latest, models, signal) {
  const [jobs, made] = await Promise.all([
    get('training-jobs', { limit: 5, fields: 'id,state,startedAt,model,configuration.dataset,configuration.target,configuration.model' }, signal), get('models', { limit: 5 }, signal),
  ]);
  if (made.items.length) put(models, made.nextCursor ? 'Many models are at hand' : `${several(made.items.length, 'model')} at hand`, `; the newest is ${made.items[0].name}.`);
  put(latest);
  if (jobs.items.length) {
    put(latest, h('div.row.between', h('h2', 'Latest trainings'), link('#/jobs', 'All jobs')),
      grid(['Job', 'State', 'Started'], jobs.items.map(one => [link(`#/jobs/${one.id}`, nameOf(one)), badge(one.state), since(one.startedAt)]), 'Latest trainings'));
  }
}

const card = (href, title, text) => h('a.card', { href }, h('h2', title), text);
