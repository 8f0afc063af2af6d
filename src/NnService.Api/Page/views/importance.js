import { post } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { number, words } from '../core/format.js';
import { action, request, warningList } from '../core/parts.js';
import { contributions } from '../charts/bars.js';

/** How much worse a model is without each column. @param {import('../core/answers').VersionPath} path @param {import('../core/answers').Table | null} table @param {AbortSignal} signal */
export function importanceView(path, table, signal) {
  if (!table) return null;
  const out = h('div.stack.tight');
  const wanted = { dataset: table.name };
  const button = action('Measure', out, async () => {
    const { metric, value, rows, columns, warnings } = await post(`${path}/importance`, wanted, { signal });
    put(out, h('p.muted.small', `By how much the ${words(metric)}, ${number(value)} on ${number(rows)} rows, gets worse where a column is shuffled.`),
      contributions(columns.map(one => ({ name: one.name, value: one.importance }))), warningList(warnings), request('POST', `${path}/importance`, wanted));
  });
  return h('section.card.stack', h('h2', 'Which columns matter'), h('p.muted', `Shuffles one column of ${table.name} after the other, and sees how much worse the model answers.`), h('div', button), out);
}
