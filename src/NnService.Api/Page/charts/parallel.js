import { s } from '../core/dom.js';
import { number, words } from '../core/format.js';
import { scale } from './scale.js';

/** A pointer's last words: `/optimizer/learningRate` is "learning rate", `/network/layers/0/units` "units of layer 1". @param {string} pointer */
export function settingName(pointer) {
  const layer = /\/layers\/(\d+)\/(\w+)$/.exec(pointer);
  return layer ? `${words(layer[2])} of layer ${Number(layer[1]) + 1}` : words(pointer.split('/').pop());
}

/**
 * Parallel coordinates: an axis for each setting and one for what came of it, a line for each trial; the best are drawn strongest.
 * @param {any[]} trials the best first @param {string[]} names @param {string} metric @param {number} better 1 where less is better, or -1
 */
export function parallel(trials, names, metric, better) {
  const [width, height, top, bottom] = [900, 280, 40, 250];
  const done = trials.filter(trial => trial.value !== null);
  const axes = [...names.map(name => axis(settingName(name), done.map(trial => trial.parameters[name]))), axis(metric, done.map(trial => trial.value))];
  const x = i => 60 + i * (width - 120) / (axes.length - 1);
  const y = axes.map((one, i) => { const to = i === axes.length - 1 && better > 0; return to ? v => top + bottom - one.place(v) : one.place; });
  function axis(name, values) {
    const isNumeric = values.every(value => typeof value === 'number');
    const ordered = isNumeric ? [Math.min(...values), Math.max(...values)] : [...new Set(values.map(value => JSON.stringify(value)))];
    const isLog = isNumeric && ordered[0] > 0 && ordered[1] / ordered[0] > 20;
    const numeric = isNumeric ? scale(ordered[0], ordered[1], bottom, top, isLog) : scale(0, Math.max(1, ordered.length - 1), bottom, top);
    return { name, ends: isNumeric ? ordered.map(value => number(value, 3)) : [ordered[0], ordered[ordered.length - 1]], place: value => numeric(isNumeric ? value : ordered.indexOf(JSON.stringify(value))) };
  }
  return s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${done.length} trials by their settings; the table below has the same figures` },
    done.map((trial, rank) => s('path', { class: `line ${rank === 0 ? 'c5' : 'c0'}`, 'stroke-opacity': rank === 0 ? 1 : Math.max(0.15, 0.7 - rank / done.length),
      d: axes.map((_, i) => `${i ? 'L' : 'M'}${x(i)} ${y[i](i < names.length ? trial.parameters[names[i]] : trial.value).toFixed(1)}`).join('') })).reverse(),
    axes.map((one, i) => {
      const isTurned = i === axes.length - 1 && better > 0;
      return [s('line.axis', { x1: x(i), x2: x(i), y1: top, y2: bottom }), s('text', { x: x(i), y: 14, 'text-anchor': 'middle' }, one.name),
        s('text', { x: x(i), y: top - 8, 'text-anchor': 'middle' }, one.ends[isTurned ? 0 : 1]), s('text', { x: x(i), y: bottom + 18, 'text-anchor': 'middle' }, one.ends[isTurned ? 1 : 0])];
    }));
}
