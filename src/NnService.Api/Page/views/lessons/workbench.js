import { get, post, send } from '../../core/api.js';
import { lineChart } from '../../charts/lines.js';
import { h } from '../../core/dom.js';
import { pause } from '../../core/events.js';

/** What lessons compute with: each request is remembered, to be shown. */
export class Workbench {
  constructor(signal) {
    this.signal = signal;
    /** @type {{method: string, path: string, json?: any}[]} */
    this.requests = [];
  }

  /** A model of given weights: made by the first who reads the lesson, and found by the others. @param {string} name @param {any} network @param {any} [more] */
  async model(name, network, more = {}) {
    const json = { name, network, precision: 'float64', ...more };
    this.requests.push({ method: 'POST', path: 'models', json });
    const find = () => get(`models/${name}/versions/${'1'}`, {}, this.signal);
    return find().catch(async reason => {
      if (reason.status !== 404) throw reason;
      await post('models', json, { signal: this.signal });
      return find();
    });
  }

  async predict(name, rows) {
    const path = `models/${name}/predict`;
    this.requests.push({ method: 'POST', path, json: { rows } });
    return (await post(/** @type {`models/${string}/predict`} */ (path), { rows }, { signal: this.signal })).predictions;
  }

  async evaluate(name, json) {
    const path = `models/${name}/evaluate`;
    this.requests.push({ method: 'POST', path, json });
    return post(/** @type {`models/${string}/evaluate`} */ (path), json, { signal: this.signal });
  }

  async table(name, csv) {
    await send('POST', 'datasets', { query: { name }, body: csv, headers: { 'Content-Type': 'text/csv' }, signal: this.signal });
  }

  /** Trains and waits for the end. */
  async train(json) {
    this.requests.push({ method: 'POST', path: 'training-jobs', json });
    const key = `lesson-${json.model}-${hash(JSON.stringify(json))}`;
    const make = more => send('POST', 'training-jobs', { body: JSON.stringify(json), headers: { 'Content-Type': 'application/json', Prefer: 'wait=60', ...more }, signal: this.signal });
    // The key of a deleted job is refused (409), and so is that of another version of the service (422).
    let job = await (await make({ 'Idempotency-Key': key }).catch(no => no.status ? make({}) : Promise.reject(no))).json();
    while (!job.endedAt) {
      await pause(500, this.signal);
      job = await get(`training-jobs/${job.id}`, {}, this.signal);
    }
    return job;
  }

  async curve(job) {
    const { points } = await get(`training-jobs/${job.id}/history`, { maxPoints: 400 }, this.signal);
    const chart = lineChart('Loss by epoch', { height: 240 });
    chart.draw({ series: [{ name: 'Train', points: points.map(p => [p.epoch, p.trainLoss]) }], xName: 'epoch', yName: 'loss' });
    return h('section.card.stack', h('h2', 'The loss falls'), chart.element);
  }
}

const hash = text => [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7).toString(16);
