import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { ago, several } from '../core/format.js';
import { badge, grid } from '../core/parts.js';
import { dropZone } from './upload.js';

/** @param {import('../core/router.js').Visit} visit */
export async function home({ signal, title }) {
  title('Watch it learn');
  const [jobs, models] = await Promise.all([
    get('training-jobs', { limit: 5, fields: 'id,state,progress,createdAt,model' }, signal), get('models', { limit: 5 }, signal),
  ]);
  return h('div.stack', {},
    h('section.hero', {}, h('h1', {}, 'Bring a table. Watch it learn.'),
      h('p.lead', {}, 'Drop a CSV file, choose what is to be predicted, and press train. Every number on the way can be looked at.')),
    dropZone(signal),
    h('div.cards', {},
      card('#/playground', 'No table at hand?', 'Make a spiral, two moons or XOR, and see a small network bend its boundary.'),
      card('#/lessons', 'How does it work?', 'From one neuron to a trained network, with the tutorials’ own numbers computed as you read.'),
      card('#/models', 'Ask a model', models.items.length ? `${several(models.items.length, 'model')} at hand, the newest is ${models.items[0].name}.` : 'A trained model answers, explains itself and can be taken away.')),
    jobs.items.length ? h('section.stack.tight', {}, h('div.row.between', {}, h('h2', {}, 'Latest trainings'), h('a', { href: '#/jobs' }, 'All jobs')),
      grid(['Job', 'State', 'Started'], jobs.items.map(one => [
        h('a', { href: `#/jobs/${one.id}` }, one.model ? `${one.model.name}, version ${one.model.version}` : `job ${one.id?.slice(-12)}`), badge(one.state), ago(one.createdAt),
      ]), 'Latest trainings')) : null);
}

const card = (href, title, text) => h('a.card', { href }, h('h2', {}, title), h('p.muted', {}, text));
