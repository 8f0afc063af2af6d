import { h, s } from '../core/dom.js';
import { number } from '../core/format.js';
import { tableOf } from './lines.js';
import { extent, scale, ticks } from './scale.js';

/** Points around a line at 0. @param {string} title @param {[number, number][]} points @param {string} xName */
export function scatter(title, points, xName) {
  const [width, height, left, bottom] = [420, 320, 56, 40];
  const [x0, x1] = extent(points.map(point => point[0])) ?? [0, 1];
  const [y0, y1] = extent([0, ...points.map(point => point[1])]) ?? [0, 1];
  const x = scale(x0, x1, left, width - 12);
  const y = scale(y0, y1, height - bottom, 12);
  return h('div', {}, s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}: ${points.length} points from ${number(y0)} to ${number(y1)}` },
    ticks(y0, y1).map(value => [s('line.grid', { x1: left, x2: width - 12, y1: y(value), y2: y(value) }), s('text', { x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, number(value, 3))]),
    ticks(x0, x1).map(value => s('text', { x: x(value), y: height - bottom + 18, 'text-anchor': 'middle' }, number(value, 4))),
    s('line.axis', { x1: left, x2: width - 12, y1: y(0), y2: y(0) }),
    points.map(([a, b]) => s('circle', { cx: x(a), cy: y(b), r: 2.5, fill: 'var(--accent)', 'fill-opacity': 0.6 })),
    s('text', { x: width - 12, y: height - 4, 'text-anchor': 'end' }, xName)),
    h('details.tiny', {}, h('summary.muted.tiny', {}, 'As a table'), tableOf({ xName, series: [{ name: title, points }] })));
}
