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
      while ((this.points.at(-1)?.epoch ?? -1) >= point.epoch) this.points.pop();
      this.#keep(point);
      this.last = point;
    }
    while (this.points.length > this.most) {
      this.stride *= 2;
      for (const point of this.points.splice(0)) this.#keep(point);
    }
  }

  // The first of every so many epochs, whichever it is: a history that was thinned before has none that another number divides.
  /** @param {Point} point */
  #keep(point) {
    /** @param {number} epoch */
    const at = epoch => Math.floor(epoch / this.stride);
    if (at(point.epoch) > at(this.points.at(-1)?.epoch ?? -1)) this.points.push(point);
  }

  /** The points to draw: the last one is among them. @returns {Point[]} */
  get drawn() {
    const { last, points } = this;
    return last && points.at(-1) !== last ? [...points, last] : points;
  }
}
