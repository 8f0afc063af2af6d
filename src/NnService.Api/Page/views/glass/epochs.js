import { h, newId } from '../../core/dom.js';
import { number } from '../../core/format.js';

/** @typedef {import('../../core/kept.js').Frame} Frame */

/** A slider over the epochs that were kept of a training; at its end it goes with the training. */
export class EpochSlider {
  /** @param {(frame: Frame, isLast: boolean) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
    /** @type {Frame[]} */
    this.frames = [];
    this.isLast = true;
    const id = newId('epochs');
    this.range = h('input', { id, type: 'range', min: 0, max: 0, oninput: () => {
      this.isLast = this.at === this.frames.length - 1;
      this.choose();
    } });
    this.text = h('span.figure');
    this.element = h('div.field', { hidden: true }, h('label', { for: id }, 'Epoch ', this.text), this.range);
  }

  get at() { return Number(this.range.value); }

  /** @param {Frame[]} frames */
  show(frames) {
    const epoch = this.frames[this.at]?.epoch ?? 0;
    this.frames = frames;
    this.element.hidden = frames.length < 2;
    this.range.max = String(frames.length - 1);
    const found = frames.findIndex(frame => frame.epoch >= epoch);
    this.range.value = String(this.isLast || found < 0 ? frames.length - 1 : found);
    if (frames.length) this.choose();
  }

  choose() {
    const frame = this.frames[this.at];
    const text = `${number(frame.epoch)}${this.isLast ? '' : ` of ${number(this.frames[this.frames.length - 1].epoch)}`}`;
    this.text.textContent = text;
    this.range.setAttribute('aria-valuetext', `epoch ${text}`);
    this.onChoose(frame, this.isLast);
  }
}
