import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, number } from '../core/format.js';
import { grid, heading, link, linkButton, since } from '../core/parts.js';
import { dropZone } from './upload.js';

/** @param {import('../core/router.js').Visit} visit */
export async function tables({ signal, query, title }) {
  title('Tables');
  const cursor = query.get('cursor');
  const page = await get('datasets', { limit: 50, cursor }, signal);
  return h('div.stack', {},
    heading('Tables', 'What networks learn from.'),
    dropZone(signal),
    page.items.length
      ? grid(['Name', ['Rows'], ['Size'], 'Uploaded', h('span.visually-hidden', 'Train')], page.items.map(one => [
        link(`#/tables/${one.name}`, one.name), number(one.rows), bytes(one.bytes), since(one.createdAt),
        h('a.nowrap', { href: `#/train?table=${one.name}`, 'aria-label': `Train on ${one.name}` }, 'Train'),
      ]), 'Tables')
      : h('p.muted', 'There is no table yet. A first row with the names of the columns is all that a file needs; types, delimiter and missing cells are found by themselves.'),
    page.nextCursor ? linkButton(`#/tables?cursor=${page.nextCursor}`, 'Older tables') : null);
}
