import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { several } from '../core/format.js';
import { empty, grid, heading, link, linkButton, mainLink, since } from '../core/parts.js';
import { metricName, metricText, partOf } from './metrics.js';

/** @param {import('../core/router.js').Visit} visit */
export async function models({ signal, query, title }) {
  title('Models');
  const page = await get('models', { limit: 50, cursor: query.get('cursor') }, signal);
  if (!page.items.length) {
    return h('div.stack', heading('Models', 'What trainings leave behind.'),
      empty('There is no model yet', 'A training that succeeds leaves a model, which then answers.', mainLink('#/train', 'Train a network')));
  }
  return h('div.stack', heading('Models', 'What trainings leave behind: ask them, look inside, take them away.'),
    grid(['Model', 'Versions', 'Quality of the latest', 'Aliases', 'Made'], page.items.map(one => [
      link(`#/models/${one.name}`, one.name), several(one.versions.length, 'version'), quality(one.versions[0]?.metrics),
      Object.entries(one.aliases ?? {}).map(([alias, version]) => h('span.badge', `${alias} → ${version}`)), since(one.versions[0]?.createdAt ?? one.createdAt),
    ]), 'Models'),
    page.nextCursor ? linkButton(`#/models?cursor=${page.nextCursor}`, 'Older models') : null);
}

function quality(metrics) {
  const part = partOf(metrics);
  const name = part && ['accuracy', 'r2'].find(one => typeof metrics[part][one] === 'number');
  return name ? `${metricName(name)} ${metricText(name, metrics[part][name])} (${part})` : h('span.muted', '–');
}
