// Traces of jobs under way, kept as long as the page is open: the service has only the latest.

/** @typedef {import('./answers').Schemas['TraceResponse']} Trace */
/** @typedef {{epoch: number, trace: Trace}} Frame */

const MOST_FRAMES = 150;
const MOST_JOBS = 5;

/** @type {Map<string, {row: string, frames: Frame[]}>} */
const jobs = new Map();

/** What was kept of a job; of one row and target, the last that were asked for. @param {string | null | undefined} job */
export const keptOf = job => jobs.get(job ?? '') ?? null;

/**
 * Keeps a trace. One of an epoch that is trained again after a crash takes the place of those behind it.
 * @param {string} job @param {Trace} trace @param {number} epoch
 */
export function keep(job, trace, epoch) {
  const row = rowOf(trace);
  let kept = jobs.get(job);
  if (kept?.row !== row) {
    jobs.delete(job);
    jobs.set(job, kept = { row, frames: [] });
    if (jobs.size > MOST_JOBS) jobs.delete([...jobs.keys()][0]);
  }
  const { frames } = kept;
  while (frames.length && frames[frames.length - 1].epoch >= epoch) frames.pop();
  frames.push({ epoch, trace });
  if (frames.length > MOST_FRAMES) kept.frames = frames.filter((_, i) => i % 2 === 0 || i === frames.length - 1);
}

/** What a trace was asked for. @param {Trace} trace */
export const rowOf = trace => JSON.stringify([trace.input.raw, trace.target.raw]);

/** The epoch of a trace, between two where it was taken there. @param {Trace} trace @param {{epoch: number, step: number} | null | undefined} point any of the history but the first */
export const epochOf = (trace, point) => point?.step ? Number(((trace.step ?? 0) / point.step * point.epoch).toFixed(2)) : 0;
