import { download, get, post } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { number, words } from '../core/format.js';
import { action, choice, deletion, figures, heading, link, mainLink, since } from '../core/parts.js';
import { metricsView } from './metrics.js';
import { importanceView } from './importance.js';
import { curvesView } from './curves.js';
import { predictForm } from './predict.js';
import { trainedOn } from './trained-on.js';

/** @typedef {import('../core/answers').Version} Version */

const EXPORTS = [['onnx', 'ONNX'], ['safetensors', 'safetensors'], ['json', 'JSON'], ['c', 'C source']];

/** The inside of a model is drawn up to here. */
const MOST_PARAMETERS_DRAWN = 500;

/** @param {import('../core/router.js').Visit} visit */
export async function model({ params: [name], query, signal, title }) {
  title(name);
  const all = await get(`models/${name}`, {}, signal);
  const said = h('div');
  const removal = deletion(`Delete the model ${name} with all its versions?`, `models/${name}`, '#/models', said);
  const wanted = query.get('version') ?? all.versions[0]?.version;
  if (!wanted) return h('div.stack', heading(name, 'All its versions have been deleted.', removal), said);
  const path = /** @type {import('../core/answers').VersionPath} */ (`models/${name}/versions/${wanted}`);
  const version = await get(path, {}, signal);
  const { table, gone } = await trainedOn(version, signal);
  const versions = choice(all.versions.map(one => [String(one.version), `Version ${one.version}`]), {
    value: String(version.version), 'aria-label': 'Version', onchange: event => { location.hash = `#/models/${name}?version=${event.target.value}`; },
  });
  const isSmall = version.parameterCount <= MOST_PARAMETERS_DRAWN && (version.layers ?? []).length > 0 && version.network.layers?.every(layer => layer.type === 'dense');

  return h('div.stack', {},
    heading(name, [`A ${words(version.task)} of ${version.targets?.join(', ') || 'its inputs'}, made `, since(version.createdAt)], h('div', versions),
      removal,
      isSmall ? mainLink(`#/models/${name}/${version.version}/glass`, 'Look inside') : null),
    Object.keys(all.aliases ?? {}).length ? h('p.row', Object.entries(all.aliases).map(([alias, number]) => h('span.badge', `${alias} → version ${number}`))) : null,
    said, gone ? h('p.notice.warn', `${gone} Values and ranges in the form are guesses.`) : null,
    await predictForm(path, version, table, signal),
    version.metrics ? metricsView(version.metrics) : h('p.notice', 'This model was made from explicit weights: nothing is known of its quality. Evaluate it below.'),
    importanceView(path, table, signal),
    await curvesView(path, table, signal),
    h('section.card.stack', h('h2', 'Take it away'), h('p.muted', 'Preprocessing is inside. Each file is evaluated and compared with the model before it is handed out.'),
      h('div.row', EXPORTS.map(([format, text]) => action(text, said, () => take(format))))),
    h('section.card.stack', h('h2', 'Where it comes from'), lineage(version, table), isSmall || !table ? null : h('p.small.muted', 'It is too large to be drawn weight by weight. ', link(`#/train?table=${table.name}&target=${encodeURIComponent(version.targets?.[0] ?? '')}&units=6`, 'Train a small one'), ' to look inside.'), verification(path, version)));

  async function take(format) {
    put(said);
    await download(`${path}/export/${format}`, `${name}-${version.version}.${format}`);
  }
}

/** @param {Version} version @param {import('../core/answers').Table | null} table */
function lineage(version, table) {
  const { lineage: from, network } = version;
  return h('div.stack.tight', {},
    figures([['Parameters', number(version.parameterCount)], ['Layers', number(network.layers?.length), network.layers?.map(layer => 'units' in layer ? layer.units : layer.type).join(' · ')],
      ['Precision', version.precision], ['Epoch', number(from?.epoch)], ['Seed', number(from?.seed)]]),
    h('p.row', table ? link(`#/tables/${table.name}`, `Table ${table.name}`) : null, from?.jobId ? link(`#/jobs/${from.jobId}`, 'The training job') : null),
    h('p.small.muted', 'SHA-256 of the weights: ', h('code', version.sha256)));
}

/** Trains again and compares the bits. @param {import('../core/answers').VersionPath} path @param {Version} version */
function verification(path, version) {
  if (!version.lineage?.jobId) return null;
  const said = h('div.small', { role: 'status' });
  return h('div.row', action('Train it again and compare the bits', said, async () => {
    put(said, 'Training again …');
    const { matches, state } = await post(`${path}/verify`, undefined);
    put(said, matches === null ? `The job is ${state}.` : matches ? 'The same bits came out.' : 'Other bits came out.');
  }), said);
}
