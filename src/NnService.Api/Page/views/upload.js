import { upload } from '../core/api.js';
import { announce, h, put } from '../core/dom.js';
import { bytes, percent } from '../core/format.js';
import { link, refusal } from '../core/parts.js';
import { readingForm } from './reading.js';

/** A name that the service takes, of a file's. @param {string} fileName */
export const nameOf = fileName => fileName.replace(/\.(csv|tsv|txt|json|ndjson|jsonl)(\.gz)?$/i, '').toLowerCase()
  .normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+|-+$/g, '').slice(0, 63) || 'table';

/**
 * A place to drop a file onto, or to choose one by the keyboard. An upload goes on when the view is left, in a note.
 * @param {AbortSignal} left when the view is left
 */
export function dropZone(left) {
  const input = h('input.visually-hidden', { type: 'file', accept: '.csv,.tsv,.txt,.json,.ndjson,.jsonl,.gz', id: 'file', 'aria-label': 'A CSV file', tabindex: -1, onchange: () => take(input.files) });
  const reading = readingForm({});
  const places = h('div.stack.tight');
  const zone = h('section.drop', {
    'aria-label': 'Upload a table',
    ondragover: event => { event.preventDefault(); zone.classList.add('over'); },
    ondragleave: () => zone.classList.remove('over'),
    ondrop: event => { event.preventDefault(); zone.classList.remove('over'); take(event.dataTransfer?.files); },
  }, h('h2', 'Drop a CSV file here'), h('p.muted', 'or'),
  h('button.primary', { onclick: () => input.click() }, 'Choose a file'), reading.element, input, places);

  /** @param {FileList | undefined | null} files */
  async function take(files) {
    const file = files?.[0];
    if (!file) return;
    const cancel = new AbortController();
    const said = h('div.stack.tight');
    put(places, said);
    const away = () => document.getElementById('notes')?.append(h('div.notice', said));
    left.addEventListener('abort', away);
    /** Leaving the page would end it. @param {Event} event */
    const stay = event => event.preventDefault();
    addEventListener('beforeunload', stay);
    const end = (/** @type {any[]} */ ...children) => {
      left.removeEventListener('abort', away);
      put(said, children, left.aborted ? h('div', h('button', { onclick: () => said.parentElement?.remove() }, 'Close')) : null);
    };
    const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Upload' });
    const text = h('p.small.muted', `${file.name}, ${bytes(file.size)}`);
    put(said, text, bar, h('div', h('button.quiet', { onclick: () => cancel.abort() }, 'Cancel')));
    try {
      const profile = await uploadAs(nameOf(file.name), 1, file, file.name, reading.query(), (sent, total) => {
        bar.value = sent / total;
        text.textContent = sent < total ? `${file.name}: ${percent(sent / total)} of ${bytes(total)}` : `${file.name}: reading the table`;
      }, cancel.signal);
      announce(`The table ${profile.name} has been read.`);
      const made = `#/tables/${profile.name}`;
      end(h('p', `${file.name} has been read: `, link(made, profile.name)));
      if (!left.aborted) location.hash = made;
    } catch (reason) {
      input.value = '';
      end(h('p.muted', `${file.name} has not been uploaded.`), cancel.signal.aborted ? null : refusal(reason));
    } finally {
      removeEventListener('beforeunload', stay);
    }
  }

  return zone;
}

/**
 * Uploads under a name, or where another table has it, under the next free one.
 * @param {string} name @param {number} first 1: the name alone; else the first number behind it
 * @param {Blob} file @param {string} fileName @param {Record<string, any>} query @param {(sent: number, total: number) => void} onProgress @param {AbortSignal} signal
 */
export async function uploadAs(name, first, file, fileName, query, onProgress, signal) {
  for (let number = first; ; number++) {
    try {
      return await upload(file, fileName, { ...query, name: number === 1 ? name : `${name.slice(0, 58)}-${number}` }, onProgress, signal);
    } catch (reason) {
      if (reason.status !== 409 || number === 30) throw reason;
    }
  }
}
