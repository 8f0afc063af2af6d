import { h, s } from '../core/dom.js';
import { number } from '../core/format.js';

/** A small histogram or the most frequent values of a column, for a row of a table. @param {import('../core/answers').Schemas['ColumnProfile']} column of a profile */
export function columnPicture(column) {
  if (column.histogram?.counts?.length) {
    const { counts, edges } = column.histogram;
    return spark(counts, `${counts.length} bins from ${number(edges[0])} to ${number(edges[edges.length - 1])}; the fullest has ${number(Math.max(...counts))} rows.`);
  }
  if (column.categories?.length) {
    const counts = column.categories.slice(0, 12).map(category => category.count);
    return spark(counts, `Most frequent: ${column.categories.slice(0, 3).map(c => `${c.value} (${number(c.count)})`).join(', ')}.`);
  }
  return h('span.muted', '–');
}

/** @param {number[]} counts @param {string} text */
function spark(counts, text) {
  const most = Math.max(...counts, 1);
  const width = 160 / Math.max(counts.length, 4);
  return s('svg.spark.bars', { viewBox: '0 0 160 40', role: 'img', 'aria-label': text },
    counts.map((count, i) => s('rect', { x: i * width + 0.5, width: Math.max(width - 1, 0.5), y: 40 - Math.max(count / most * 38, count ? 1 : 0), height: Math.max(count / most * 38, count ? 1 : 0), rx: 1 })));
}

const track = (...bars) => h('span.track', s('svg.fill', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, bars));

/** Bars between 0 and 1 with their names: probabilities. @param {{name: string, value: number, text: string}[]} items */
export function meters(items) {
  return h('div.meter', items.map(item => [
    h('span', item.name),
    track(s('rect', { width: Math.max(0, Math.min(1, item.value)) * 100, height: 10 })),
    h('span.n', item.text),
  ]));
}

/** Bars to both sides of 0: what adds and what takes away. @param {{name: string, value: number}[]} items @param {number} [least] what is no more than this does not fill them */
export function contributions(items, least = 0) {
  const most = Math.max(...items.map(item => Math.abs(item.value)), least, 1e-12);
  return h('div.meter', items.map(item => {
    const width = Math.abs(item.value) / most * 50;
    return [
      h('span', item.name),
      track(s('rect', { class: item.value < 0 ? 'minus' : null, x: item.value < 0 ? 50 - width : 50, width, height: 10 }), s('line', { x1: 50, x2: 50, y1: 0, y2: 10 })),
      h('span.n', `${item.value > 0 ? '+' : ''}${number(item.value, 3)}`),
    ];
  }));
}
