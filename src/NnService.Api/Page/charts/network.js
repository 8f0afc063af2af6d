import { s } from '../core/dom.js';
import { number } from '../core/format.js';

const MOST = 12; // units that are drawn of a layer

/**
 * A network as columns of circles.
 * @typedef {{units: number, text: string, names?: string[], values?: (number | null)[]}} Column
 * @typedef {{layer: number, from: number, to: number}} Edge
 * @param {Column[]} columns
 * @param {{weights?: number[][][], onNode?: (layer: number, unit: number) => void, onEdge?: (edge: Edge) => void, chosen?: {layer: number, unit?: number, from?: number, to?: number} | null, title?: string}} [more]
 *   weights[layer][from][to]; layers are counted from 0, the first column being the inputs
 * @returns {SVGElement}
 */
export function networkDiagram(columns, more = {}) {
  const isLarge = columns.some(column => column.values);
  const most = Math.max(...columns.map(column => Math.min(column.units, MOST)));
  const [width, gap] = [isLarge ? Math.min(640, 180 * columns.length) : 360, isLarge ? 56 : 22];
  const radius = isLarge ? 19 : 7;
  const height = most * gap + (isLarge ? 44 : 36);
  const x = c => columns.length === 1 ? width / 2 : 40 + c * (width - 80) / (columns.length - 1);
  const y = (c, u) => 12 + (most * gap) / 2 + (u - (Math.min(columns[c].units, MOST) - 1) / 2) * gap;
  const largest = Math.max(1e-9, ...(more.weights ?? []).flat(2).map(Math.abs));
  const text = more.title ?? `A network of ${columns.map(column => `${column.units} ${column.text}`).join(', ')}`;

  const svg = s('svg.network', { class: isLarge ? null : 'plain', viewBox: `0 0 ${width} ${height}`, role: more.onNode ? 'group' : 'img', 'aria-label': text },
    edges(columns, x, y, largest, more),
    columns.map((column, c) => [
      Array.from({ length: Math.min(column.units, MOST) }, (_, u) => node(column, c, u, x(c), y(c, u), radius, more)),
      s('text.caption', { x: x(c), y: height - 6 }, column.units > MOST ? `${number(column.units)} ${column.text}` : isLarge ? column.text : `${column.units} ${column.text}`.trim()),
    ]));
  if (isLarge) [svg.style.maxWidth, svg.style.minWidth] = [`${width}px`, `${Math.round(width * 0.55)}px`];
  return svg;
}

/** @param {Column[]} columns @param {(c: number) => number} x @param {(c: number, u: number) => number} y @param {number} largest @param {any} more */
function edges(columns, x, y, largest, more) {
  const parts = [];
  for (let c = 1; c < columns.length; c++) {
    for (let from = 0; from < Math.min(columns[c - 1].units, MOST); from++) {
      for (let to = 0; to < Math.min(columns[c].units, MOST); to++) {
        const weight = more.weights?.[c - 1]?.[from]?.[to];
        const place = { x1: x(c - 1), y1: y(c - 1, from), x2: x(c), y2: y(c, to) };
        if (weight === undefined) {
          parts.push(s('line.edge', { ...place, 'stroke-width': 1, 'stroke-opacity': more.weights ? 0 : 0.18 }));
          continue;
        }
        const strength = Math.abs(weight) / largest;
        const isChosen = more.chosen?.layer === c - 1 && more.chosen.from === from && more.chosen.to === to;
        const line = s('line.edge', { ...place, class: [weight < 0 ? 'minus' : '', isChosen ? 'chosen' : ''].join(' '), 'stroke-width': 0.5 + (more.onEdge ? 5.3 : 3) * strength, 'stroke-opacity': 0.25 + 0.75 * strength });
        if (more.onEdge) parts.push(press(s('line.hit', { ...place }), `Weight from ${nameOf(columns[c - 1], from)} to ${nameOf(columns[c], to)}: ${number(weight)}`, () => more.onEdge({ layer: c - 1, from, to })));
        parts.push(line);
      }
    }
  }
  return parts;
}

/** @param {Column} column @param {number} c @param {number} u @param {number} cx @param {number} cy @param {number} radius @param {any} more */
function node(column, c, u, cx, cy, radius, more) {
  const value = column.values?.[u];
  const isPick = more.onNode && c > 0;
  const isChosen = more.chosen?.unit === u && more.chosen.layer === c - 1;
  const name = nameOf(column, u);
  const group = s('g.node', { class: [isPick ? 'pick' : '', isChosen ? 'chosen' : ''].join(' ') }, s('circle', { cx, cy, r: radius }),
    value === undefined || value === null ? null : s('text', { x: cx, y: cy + 4 }, number(value, 2)),
    column.names ? s('text.caption', { x: cx, y: cy - radius - 4 }, name.length > 14 ? `${name.slice(0, 13)}…` : name) : null);
  return isPick ? press(group, `Neuron ${name}${value === undefined || value === null ? '' : `: ${number(value)}`}`, () => more.onNode(c - 1, u)) : group;
}

/** @param {Column} column @param {number} unit */
const nameOf = (column, unit) => column.names?.[unit] ?? `${column.text} ${unit + 1}`;

/** @param {any} element @param {string} label @param {() => void} action */
function press(element, label, action) {
  element.setAttribute('role', 'button');
  element.setAttribute('tabindex', '0');
  element.setAttribute('aria-label', label);
  element.addEventListener('click', action);
  element.addEventListener('keydown', event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    action();
  });
  return element;
}
