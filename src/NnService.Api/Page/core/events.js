import { send } from './api.js';
import { EventParser } from './sse.js';

/** The states that a job or a study does not leave. */
export const ENDED = ['succeeded', 'failed', 'cancelled'];

const LONGEST_WAIT = 4000;

/**
 * Follows the events of a job to its end. A stream that breaks, as when the service is killed, is opened again after the last event that has come,
 * for as long as it takes.
 * @param {string} path below /api/v1
 * @param {(name: string, data: any) => void} onEvent
 * @param {AbortSignal} signal
 * @param {string} last the id of the event to go on after; left out: from the first
 */
export async function follow(path, onEvent, signal, last = '') {
  let wait = 250;
  while (!signal.aborted) {
    try {
      const answer = await send('GET', path, { signal, headers: last ? { 'Last-Event-ID': last } : {} });
      if (answer.status === 204) return;
      if (answer.body) {
        wait = 250;
        for await (const event of read(answer.body)) {
          last = event.id || last;
          onEvent(event.event, JSON.parse(event.data));
          if (event.event === 'done') return;
        }
      }
    } catch (reason) {
      if (signal.aborted) return;
      if (reason.status < 500 && reason.status !== 429) throw reason;
    }
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

/** @param {ReadableStream<Uint8Array>} body */
async function* read(body) {
  const reader = body.pipeThrough(/** @type {ReadableWritablePair<string, any>} */ (new TextDecoderStream())).getReader();
  const parser = new EventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parser.push(value);
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
export const pause = (milliseconds, signal) => new Promise(resolve => {
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    resolve();
  };
  const timer = setTimeout(end, milliseconds);
  signal.addEventListener('abort', end);
});
