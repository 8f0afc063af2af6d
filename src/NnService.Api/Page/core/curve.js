// The points of a loss curve as they come, one for each epoch, thinned where they are too many to draw.

/** @typedef {import('./answers').Schemas['HistoryPointResponse']} Point */

export class Curve {
  /** @param {number} most points that are kept */
  constructor(most = 1500) {
    this.most = most;
    this.stride = 1;
    /** @type {Point[]} */
    this.points = [];
    /** @type {Point | null} */
    this.last = null;
  }

  /** Adds points; those of epochs that are trained again after a crash take the places of the first. @param {Point[]} points */
  add(points) {
    for (const point of points) {
      while (this.points.length && this.points[this.points.length - 1].epoch >= point.epoch) this.points.pop();
      this.#keep(point);
      this.last = point;
    }
    while (this.points.length > this.most) {
      this.stride *= 2;
      const points = this.points;
      this.points = [];
      for (const point of points) this.#keep(point);
    }
  }

  // The first of every so many epochs, whichever it is: a history that was thinned before has none that another number divides.
  /** @param {Point} point */
  #keep(point) {
    const before = this.points[this.points.length - 1];
    if (!before || Math.floor(point.epoch / this.stride) > Math.floor(before.epoch / this.stride)) this.points.push(point);
  }

  /** The points to draw: the last one is among them. @returns {Point[]} */
  get drawn() {
    const { last, points } = this;
    return last && points[points.length - 1] !== last ? [...points, last] : points;
  }
}
