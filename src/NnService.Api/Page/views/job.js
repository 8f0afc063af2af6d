import { get, post } from '../core/api.js';
import { announce, h, put, renew } from '../core/dom.js';
import { Curve } from '../core/curve.js';
import { ENDED, follow, pause } from '../core/events.js';
import { number, words } from '../core/format.js';
import { action, badge, beganAt, deletion, figures, heading, linkButton, mainLink, progress, refusal, request, timeOf, warningList } from '../core/parts.js';
import { lineChart } from '../charts/lines.js';
import { isVerification, nameOf } from './jobs.js';
import { metricsView } from './metrics.js';

/** @typedef {import('../core/answers').Job} Job */

/** @param {import('../core/router.js').Visit} visit */
export async function job({ params: [id], signal, title }) {
  const first = /** @type {Job} */ (await get(`training-jobs/${id}`, {}, signal));
  const { dataset, target } = first.configuration;
  title(`${target} of ${dataset}`);
  const watch = new Watch(first);
  watch.curve.add((await get(`training-jobs/${id}/history`, { maxPoints: 1200 }, signal)).points);
  if (!ENDED.includes(first.state)) watch.live(signal);
  watch.draw();
  return watch.element;
}

class Watch {
  /** @param {Job} job */
  constructor(job) {
    this.job = job;
    this.curve = new Curve();
    this.isLog = false;
    this.loss = lineChart('Loss by epoch');
    this.quality = lineChart('Accuracy or R² by epoch', { height: 200 });
    this.rate = lineChart('Learning rate by epoch', { height: 160 });
    this.rateBox = h('details.card', { ontoggle: () => this.drawCurves() }, h('summary', 'Learning rate'), this.rate.element);
    this.head = h('div');
    this.began = h('span');
    this.progress = h('div.card.stack');
    this.result = h('div.stack');
    const log = h('label.check', h('input', { type: 'checkbox', onchange: event => { this.isLog = event.target.checked; this.drawCurves(); } }), 'Logarithmic');
    this.said = h('div');
    this.element = h('div.stack', this.head, this.said, this.progress,
      h('section.card.stack', h('div.row.between', h('h2', 'Loss'), log), this.loss.element),
      h('section.card.stack', h('h2', 'Quality'), this.quality.element), this.rateBox, this.result);
    this.isWaiting = false;
    this.isGone = false;
  }

  async live(signal) {
    // The id of the event that has told what is known already (EventCursor): the job's transitions, and the epochs of its history.
    const told = `${this.job.transitions.length * 1e10 + (this.curve.last?.epoch ?? -1) + 1}`;
    follow(`training-jobs/${this.job.id}/events`, (name, data) => {
      if (name === 'history') { this.curve.add(data); this.soon(); }
      if (name === 'state') this.refresh(signal);
    }, signal, told).then(() => this.refresh(signal), reason => {
      this.isGone = true;
      if (!signal.aborted) put(this.said, refusal(reason));
    });
    while (!signal.aborted && !this.isGone && !ENDED.includes(this.job.state)) {
      await pause(1000, signal);
      if (this.job.state === 'running' || this.job.state === 'queued') await this.refresh(signal);
    }
  }

  async refresh(signal) {
    try {
      this.job = /** @type {Job} */ (await get(`training-jobs/${this.job.id}`, {}, signal));
      this.draw();
    } catch { /* the stream says whether the service is there, and the job */ }
  }

  // Points come up to ten times a second; they are drawn once a frame.
  soon() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => { this.isWaiting = false; this.drawCurves(); });
  }

  draw() {
    const { job } = this;
    const key = `${job.state} ${job.model?.version}`;
    if (this.drawnHead !== key) {
      if (this.drawnHead) announce(`The job is ${job.state}.`);
      this.drawnHead = key;
      renew(this.head, heading(nameOf({ ...job, model: null }), h('span.row', badge(job.state), this.began), this.buttons()));
      this.drawResult();
    }
    put(this.began, this.reason(), beganAt(job));
    const stopping = job.configuration.earlyStopping;
    const isBest = job.state === 'succeeded' && stopping?.patience && stopping.restoreBest; // else the losses are those of the last epoch (decision 27)
    const atBest = isBest && job.bestEpoch !== null && job.bestEpoch < job.epoch ? `at epoch ${number(job.bestEpoch)}` : null;
    put(this.progress, progress(job.progress),
      figures([['Epoch', number(job.epoch), `of ${number(job.epochs)}`], ['Train loss', number(job.trainLoss), atBest], ['Validation loss', number(job.validationLoss), atBest],
        timeOf(job), ['Rows a second', job.samplesPerSecond ? number(Math.round(job.samplesPerSecond)) : '–'], ['Attempt', number(job.attempt), job.attempt > 1 ? 'went on after a restart or pause' : null]]));
    this.drawCurves();
  }

  reason() {
    const { job } = this;
    return job.state === 'running' && job.stage === 'evaluating' ? 'evaluating, ' : job.stopReason && job.state !== 'cancelled' ? `${words(job.stopReason)}, ` : '';
  }

  drawCurves() {
    const points = this.curve.drawn;
    const line = (name, /** @type {(point: any) => number | null | undefined} */ of) =>
      ({ name, points: /** @type {[number, number][]} */ (points.map(point => [point.epoch, of(point)]).filter(([, value]) => value !== null && value !== undefined)) });
    const mark = this.job.bestEpoch !== null && this.job.bestEpoch !== undefined ? { x: this.job.bestEpoch, text: `best: epoch ${number(this.job.bestEpoch)}` } : null;
    this.loss.draw({ series: [line('Train', p => p.trainLoss), line('Validation', p => p.validationLoss)], isLog: this.isLog, mark, xName: 'epoch', yName: 'loss' });
    const isR2 = points.some(point => point.metrics && 'trainR2' in point.metrics);
    this.quality.draw({ series: [line(isR2 ? 'R² train' : 'Accuracy train', p => p.metrics?.[isR2 ? 'trainR2' : 'trainAccuracy']), line(isR2 ? 'R² validation' : 'Accuracy validation', p => p.metrics?.[isR2 ? 'validationR2' : 'validationAccuracy'])], mark, xName: 'epoch', yName: '' });
    if (this.rateBox.open) this.rate.draw({ series: [line('Learning rate', p => p.learningRate)], xName: 'epoch', yName: '' });
  }

  /** Whether its network can be drawn weight by weight. */
  get isSmall() {
    const { network } = this.job.configuration;
    const layers = /** @type {any[]} */ (typeof network === 'object' ? network?.layers ?? [] : []);
    return layers.length > 0 && layers.every(layer => layer.type === 'dense' && layer.units <= 12);
  }

  buttons() {
    const { state } = this.job;
    const move = (/** @type {'pause' | 'stop' | 'cancel' | 'resume'} */ verb, text) => action(text, this.said, async () => {
      put(this.said);
      this.job = /** @type {Job} */ (await post(`training-jobs/${this.job.id}/${verb}`, undefined));
      this.draw();
    });
    const ends = [this.job.attempt > 0 ? move('stop', 'Stop, keep the best') : null, move('cancel', 'Cancel')]; // before it has begun there is nothing to keep
    if (state === 'running' || state === 'queued') return [this.isSmall ? linkButton(`#/jobs/${this.job.id}/glass`, 'Look inside') : null, move('pause', 'Pause'), ends];
    if (state === 'paused') return [move('resume', 'Resume'), ends];
    const model = isVerification(this.job.configuration) ? null : this.job.model;
    return [deletion('Delete this job and its history? Its model stays.', `training-jobs/${this.job.id}`, '#/jobs', this.said), model ? mainLink(`#/models/${model.name}?version=${model.version}`, 'Ask the model') : null];
  }

  drawResult() {
    const { job } = this;
    put(this.result,
      job.error ? h('p.notice.bad', { role: 'alert' }, job.error.detail ?? job.error.title) : null,
      warningList(job.warnings),
      job.state === 'succeeded' && job.bestEpoch === 0 ? h('p.notice.warn', `It has learned nothing: no epoch was better than the untrained network. Is ${job.configuration.target} what you want to predict?`) : null,
      job.metrics ? metricsView(job.metrics) : null,
      h('details.card', h('summary', 'What happened when'), h('ul', job.transitions.map(one => h('li', `${new Date(one.at).toLocaleTimeString()}: ${one.state} (${one.reason})`)))),
      h('div.card', request('POST', 'training-jobs', job.configuration)));
  }
}
