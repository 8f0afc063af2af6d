import { s } from '../core/dom.js';
import { number } from '../core/format.js';

const [MOST, MOST_LARGE] = [12, 64]; // units that are drawn of a layer

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
  const drawn = columns.map(column => Math.min(column.units, isLarge ? MOST_LARGE : MOST));
  const most = Math.max(...drawn);
  const isDense = most > MOST;
  const left = isLarge ? 40 + 7 * Math.max(...(columns[0].names ?? ['']).map(name => short(name).length)) : 40; // the inputs' names are beside them
  const [width, gap] = [isLarge ? Math.min(640, 180 * columns.length) + left - 40 : 360, isDense ? 34 : isLarge ? 56 : 22];
  const radius = isDense ? 13 : isLarge ? 19 : 7;
  const height = most * gap + (isLarge ? 44 : 36);
  const x = c => columns.length === 1 ? width / 2 : left + c * (width - left - 40) / (columns.length - 1);
  const gapOf = c => isDense ? Math.min(56, most * gap / drawn[c]) : gap;
  const y = (c, u) => 12 + (most * gap) / 2 + (u - (drawn[c] - 1) / 2) * gapOf(c);
  const largest = Math.max(1e-9, ...(more.weights ?? []).flat(2).map(Math.abs));
  const text = more.title ?? `A network of ${columns.map(sized).join(', ')}`;

  const svg = s('svg.network', { class: isDense ? 'dense' : isLarge ? null : 'plain', viewBox: `0 0 ${width} ${height}`, role: more.onNode ? 'group' : 'img', 'aria-label': text },
    edges(columns, drawn, x, y, largest, more),
    columns.map((column, c) => [
      Array.from({ length: drawn[c] }, (_, u) => node(column, c, u, x(c), y(c, u), radius, isLarge && (!c || gapOf(c) < 42), more)),
      s('text.caption', { x: x(c), y: height - 6 }, isLarge ? (column.units > drawn[c] ? `${drawn[c]} of ${number(column.units)} ` : '') + column.text : sized(column)),
    ]));
  if (isLarge) [svg.style.maxWidth, svg.style.minWidth] = [`${width}px`, `${Math.round(width * 0.55)}px`];
  return svg;
}

/** @param {Column[]} columns @param {number[]} drawn @param {(c: number) => number} x @param {(c: number, u: number) => number} y @param {number} largest @param {any} more */
function edges(columns, drawn, x, y, largest, more) {
  const parts = [];
  for (let c = 1; c < columns.length; c++) {
    for (let from = 0; from < drawn[c - 1]; from++) {
      for (let to = 0; to < drawn[c]; to++) {
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

/** @param {Column} column @param {number} c @param {number} u @param {number} cx @param {number} cy @param {number} radius @param {boolean} isBeside whether its name is left of it, else above @param {any} more */
function node(column, c, u, cx, cy, radius, isBeside, more) {
  const value = column.values?.[u];
  const isPick = more.onNode && c > 0;
  const isChosen = more.chosen?.unit === u && more.chosen.layer === c - 1;
  const name = nameOf(column, u);
  const group = s('g.node', { class: [isPick ? 'pick' : '', isChosen ? 'chosen' : ''].join(' ') }, s('circle', { cx, cy, r: radius }),
    value === undefined || value === null ? null : s('text', { x: cx, y: cy + 4 }, number(value, 2)),
    column.names ? [s('title', name), isBeside ? s('text.caption.beside', { x: cx - radius - 4, y: cy + 4 }, short(name)) : s('text.caption', { x: cx, y: cy - radius - 4 }, short(name))] : null);
  return isPick ? press(group, `Neuron ${name}${value === undefined || value === null ? '' : `: ${number(value)}`}`, () => more.onNode(c - 1, u)) : group;
}

const short = name => name.length > 14 ? `${name.slice(0, 13)}…` : name;

/** @param {Column} column */
const sized = ({ units, text }) => `${number(units)} ${units === 1 ? text.replace(/(put|column)s$/, '$1') : text}`.trim();

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
