import { h, s } from '../core/dom.js';
import { number } from '../core/format.js';
import { BOTTOM, LEFT, RIGHT, axes, tableOf } from './lines.js';
import { extent, scale, ticks } from './scale.js';

/** Points around a line at 0. @param {string} title @param {[number, number][]} points @param {string} xName */
export function scatter(title, points, xName) {
  const [width, height] = [420, 320];
  const [x0, x1] = extent(points.map(point => point[0])) ?? [0, 1];
  const [y0, y1] = extent([0, ...points.map(point => point[1])]) ?? [0, 1];
  const x = scale(x0, x1, LEFT, width - RIGHT);
  const y = scale(y0, y1, height - BOTTOM, 12);
  return h('div', {}, s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}: ${points.length} points from ${number(y0)} to ${number(y1)}` },
    axes(x, y, ticks(x0, x1), ticks(y0, y1), y(0), xName, width, height),
    points.map(([a, b]) => s('circle', { cx: x(a), cy: y(b), r: 2.5, fill: 'var(--accent)', 'fill-opacity': 0.6 }))),
    h('details.tiny', {}, h('summary.muted.tiny', {}, 'As a table'), tableOf({ xName, series: [{ name: title, points }] })));
}
