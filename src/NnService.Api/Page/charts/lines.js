import { h, newId, put, s } from '../core/dom.js';
import { number } from '../core/format.js';
import { figureTable } from '../core/parts.js';
import { extent, logTicks, scale, ticks } from './scale.js';

/** @typedef {{name: string, points: [number, number][]}} Series */
/** @typedef {{series: Series[], isLog?: boolean, mark?: {x: number, text: string} | null, x?: [number, number], y?: [number, number], xName: string, yName: string, diagonal?: boolean}} Lines */

export const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 24, 40];

/**
 * A chart of lines, with a legend, and a table of the same figures for who cannot see it.
 * @param {string} title
 * @returns {{element: HTMLElement, draw: (lines: Lines) => void}}
 */
export function lineChart(title, { height = 300 } = {}) {
  const [titleId, textId] = [newId('chart'), newId('chart')];
  const text = s('desc', { id: textId });
  const inside = s('g');
  let width = 640;
  const svg = s('svg', { height, role: 'img', 'aria-labelledby': `${titleId} ${textId}` }, s('title', { id: titleId }, title), text, inside);
  const legend = h('figcaption.legend');
  const rows = h('div');
  const table = h('details.tiny', { ontoggle: () => table.open && fillTable() }, h('summary.muted.tiny', 'As a table'), rows);
  /** @type {Lines | null} */
  let shown = null;

  // Drawn as wide as it is shown, so that letters keep their size.
  new ResizeObserver(([entry]) => {
    const wide = Math.max(240, Math.round(entry.contentRect.width));
    if (wide === width || entry.contentRect.width === 0) return;
    width = wide;
    if (shown) put(inside, ...drawing(shown, visibleOf(shown), width, height));
  }).observe(svg);

  function fillTable() {
    if (shown) put(rows, tableOf(shown));
  }

  return {
    element: h('figure.chart', legend, svg, table),
    draw(lines) {
      shown = lines;
      const visible = visibleOf(lines);
      put(legend, visible.map(one => h('span', {},
        s('svg', { viewBox: '0 0 28 8', 'aria-hidden': 'true' }, s('line', { class: `line c${lines.series.indexOf(one)}`, x1: 1, x2: 27, y1: 4, y2: 4 })),
        one.name, lines.x ? null : h('b', number(one.points[one.points.length - 1][1])))));
      put(text, visible.map(one => `${one.name}: from ${number(one.points[0][1])} to ${number(one.points[one.points.length - 1][1])}. `).join('') || 'No points yet.');
      put(inside, ...drawing(lines, visible, width, height));
      if (table.open) fillTable();
    },
  };
}

/** @param {Lines} lines */
const visibleOf = lines => lines.series.filter(one => one.points.length > 0);

/** @param {Lines} lines @param {Series[]} visible @param {number} width @param {number} height */
function drawing(lines, visible, width, height) {
  const isLog = Boolean(lines.isLog) && visible.every(one => one.points.every(point => point[1] > 0));
  const [x0, x1] = lines.x ?? extent(visible.flatMap(one => one.points.map(point => point[0]))) ?? [0, 1];
  let [y0, y1] = lines.y ?? extent(visible.flatMap(one => one.points.map(point => point[1]))) ?? [0, 1];
  if (!lines.y && !isLog) y0 = Math.min(y0, Math.max(0, y0 - (y1 - y0) * 0.08));
  if (y1 === y0) [y0, y1] = isLog ? [y0 / 2, y1 * 2] : [y0 - 0.5, y1 + 0.5];
  const x = scale(x0, x1, LEFT, width - RIGHT);
  const y = scale(y0, y1, height - BOTTOM, TOP, isLog);
  const parts = [axes(x, y, ticks(x0, x1, width < 420 ? 4 : 6), isLog ? logTicks(y0, y1) : ticks(y0, y1), height - BOTTOM, lines.xName, width, height)];
  if (lines.diagonal) parts.push(s('line.grid', { x1: x(0), y1: y(0), x2: x(1), y2: y(1), 'stroke-dasharray': '4 4' }));
  if (lines.mark && lines.mark.x >= x0 && lines.mark.x <= x1) {
    const [at, isRight] = [x(lines.mark.x), x(lines.mark.x) > width - 140];
    parts.push(s('line.axis', { x1: at, x2: at, y1: TOP - 20, y2: height - BOTTOM, 'stroke-dasharray': '2 3' }),
      s('text', { x: at + (isRight ? -6 : 6), y: TOP - 10, 'text-anchor': isRight ? 'end' : 'start' }, lines.mark.text));
  }
  for (const one of visible) {
    parts.push(s('path', { class: `line c${lines.series.indexOf(one)}`, d: pathOf(one.points, x, y) }));
  }
  return parts;
}

/**
 * @param {(v: number) => number} x @param {(v: number) => number} y @param {number[]} xs round numbers @param {number[]} ys @param {number} axis where the line stands
 * @param {string} xName @param {number} width @param {number} height
 */
export const axes = (x, y, xs, ys, axis, xName, width, height) => [
  ys.map(value => [s('line.grid', { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }), s('text', { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }, number(value, 3))]),
  xs.map(value => s('text', { x: x(value), y: height - BOTTOM + 18, 'text-anchor': 'middle' }, number(value, 6))),
  s('line.axis', { x1: LEFT, x2: width - RIGHT, y1: axis, y2: axis }), s('text', { x: width - RIGHT, y: height - 4, 'text-anchor': 'end' }, xName)];

/** @param {[number, number][]} points @param {(v: number) => number} x @param {(v: number) => number} y */
export function pathOf(points, x, y) {
  return points.map(([a, b], i) => `${i ? 'L' : 'M'}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join('');
}

/** @param {Pick<Lines, 'xName' | 'series'>} lines */
export function tableOf(lines) {
  const most = 20;
  const long = lines.series.reduce((a, b) => b.points.length > a.points.length ? b : a, lines.series[0]);
  const step = Math.max(1, Math.ceil(long.points.length / most));
  const kept = long.points.filter((_, i) => i % step === 0 || i === long.points.length - 1);
  const values = lines.series.map(one => new Map(one.points));
  return figureTable([[lines.xName], ...lines.series.map(one => [one.name])], kept.map(([x]) => [number(x), ...values.map(map => number(map.get(x)))]), 'Table of the chart');
}
