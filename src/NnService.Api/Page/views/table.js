import { get, send } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { bytes, number, percent, several } from '../core/format.js';
import { action, badge, choice, deletion, figures, grid, heading, mainLink, since, warningList } from '../core/parts.js';
import { readingForm } from './reading.js';
import { uploadAs } from './upload.js';
import { columnPicture } from '../charts/bars.js';

/** @typedef {import('../core/answers').Schemas['ColumnProfile']} Column */

const TYPES = ['number', 'boolean', 'category', 'text'];

/** @param {import('../core/router.js').Visit} visit */
export async function table({ params: [name], signal, title }) {
  title(name);
  const [profile, first] = await Promise.all([get(`datasets/${name}`, {}, signal), get(`datasets/${name}/rows`, { limit: 12 }, signal)]);
  const missing = profile.columns.reduce((sum, column) => sum + column.missing, 0);
  const said = h('div.stack.tight');
  /** @type {Record<string, string>} */
  const changed = {};
  const again = action('Read again so', said, () => {
    const query = reading.query();
    const areNamesKept = query.header === usual.header && query.delimiter === usual.delimiter;
    return uploadAgain(profile, areNamesKept ? { ...profile.reading.types, ...changed } : {}, query, signal);
  });
  const offer = () => { again.hidden = JSON.stringify(reading.query()) === JSON.stringify(usual) && Object.keys(changed).length === 0; };
  const reading = readingForm(profile.reading, { onChange: offer });
  const usual = reading.query();
  offer();

  return h('div.stack', {},
    heading(name, [`${several(profile.rows, 'row')}, ${several(profile.columns.length, 'column')}, uploaded `, since(profile.createdAt)],
      deletion(`Delete the table ${name}?`, `datasets/${name}`, '#/tables', said),
      mainLink(`#/train?table=${name}`, 'Train on it')),
    said,
    warningList(profile.warnings),
    h('div.card', figures([['Rows', number(profile.rows)], ['Columns', number(profile.columns.length)],
      ['Missing cells', number(missing), percent(missing / Math.max(1, profile.rows * profile.columns.length))], ['Size', bytes(profile.bytes), profile.reading?.format?.toUpperCase()]])),
    h('section.stack.tight', h('div.row.between', h('h2', 'Columns'), again), reading.element,
      grid(['Column', 'Type', 'Values', ['Missing'], ['Distinct'], ['Range']], profile.columns.map(column => [
        h('strong.value', column.name), h('div', typeChoice(column, changed, offer), isDates(column) ? h('span.tiny.muted', 'Dates: learned as year, month, weekday …') : null), columnPicture(column),
        column.missing ? `${number(column.missing)} (${percent(column.missing / profile.rows)})` : '–', number(column.distinct), rangeOf(column),
      ]), 'Columns')),
    h('section.stack.tight', h('h2', 'First rows'),
      grid(first.columns, first.rows.map(row => row.map(cell => cell === null ? h('span.muted', 'missing') : String(cell))), 'First rows', 'rows')));
}

/** As training finds them: it reads text that looks so as dates. @param {Column} column */
const isDates = ({ type, categories }) => (type === 'text' || type === 'category') && Boolean(categories?.length) && categories?.every(one => /^\d{4}-\d\d-\d\d([T ]|$)/.test(one.value));

/** @param {Column} column */
function rangeOf(column) {
  if (column.type === 'number') return column.min === null ? '–' : `${number(column.min)} to ${number(column.max)}`;
  return column.categories?.length ? h('span.nowrap', column.categories.slice(0, 2).map(c => c.value).join(', '), column.categories.length > 2 ? ' …' : '') : '–';
}

/** @param {Column} column @param {Record<string, string>} changed @param {() => void} offer */
function typeChoice(column, changed, offer) {
  if (!TYPES.includes(column.type)) return badge(column.type);
  return choice(TYPES, { value: column.type, 'aria-label': `Type of ${column.name}`, onchange: event => {
    if (event.target.value === column.type) delete changed[column.name];
    else changed[column.name] = event.target.value;
    offer();
  } });
}

/** A table never changes: the same bytes read in another way are another one. @param {import('../core/answers').Table} profile @param {Record<string, string>} types @param {Record<string, string>} query @param {AbortSignal} signal */
async function uploadAgain({ name, reading }, types, query, signal) {
  const content = await (await send('GET', `datasets/${name}/content`, { signal })).blob();
  const made = await uploadAs(name, 2, content, `a.${reading.format}`, { ...query, types: Object.entries(types).map(([column, type]) => `${column}:${type}`).join(',') }, () => { }, signal);
  location.hash = `#/tables/${made.name}`;
}
