import { h } from '../core/dom.js';

const SIDE = 420;

/**
 * What a network says of each place of a square, with the samples on it.
 * @param {number} reach the square goes from -reach to reach
 */
export function surface(reach) {
  const canvas = h('canvas.surface', { width: SIDE, height: SIDE, role: 'img', 'aria-label': 'Decision surface' });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

  /** @param {import('../core/toys.js').Sample[]} samples @param {((x: number, y: number) => number) | null} answer the probability of the label a */
  function draw(samples, answer) {
    const style = getComputedStyle(document.documentElement);
    const colour = name => rgb(style.getPropertyValue(name));
    const [ground, a, b] = [colour('--surface'), colour('--accent'), colour('--second')];
    context.fillStyle = style.getPropertyValue('--surface');
    context.fillRect(0, 0, SIDE, SIDE);
    if (answer) paint(answer, ground, a, b);
    for (const [x, y, label] of samples) {
      context.beginPath();
      context.arc((x / reach + 1) / 2 * SIDE, (1 - y / reach) / 2 * SIDE, 4, 0, 2 * Math.PI);
      context.fillStyle = style.getPropertyValue(label === 'a' ? '--accent' : '--second');
      context.strokeStyle = style.getPropertyValue('--surface');
      context.lineWidth = 1.5;
      context.fill();
      context.stroke();
    }
  }

  /** @param {(x: number, y: number) => number} answer @param {number[]} ground @param {number[]} a @param {number[]} b */
  function paint(answer, ground, a, b) {
    const cell = 5;
    for (let top = 0; top < SIDE; top += cell) {
      for (let left = 0; left < SIDE; left += cell) {
        const p = answer(((left + cell / 2) / SIDE * 2 - 1) * reach, (1 - (top + cell / 2) / SIDE * 2) * reach);
        const strength = Math.min(1, Math.abs(p - 0.5) * 2) * 0.5;
        const to = p >= 0.5 ? a : b;
        context.fillStyle = `rgb(${ground.map((one, i) => Math.round(one + (to[i] - one) * strength)).join(' ')})`;
        context.fillRect(left, top, cell, cell);
      }
    }
  }

  return { element: canvas, draw };
}

const rgb = hex => [1, 3, 5].map(i => parseInt(hex.trim().slice(i, i + 2), 16));
