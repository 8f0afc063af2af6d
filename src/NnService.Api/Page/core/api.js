// The one place that asks the service.

/** Where the service is: this file is at <service>/page/core/api.js, whatever prefix stands in front. */
export const base = new URL('../../', import.meta.url);

const KEY = 'nnservice-key';

/** A refusal: the problem document of RFC 9457. */
export class Problem extends Error {
  /** @param {number} status @param {{title?: string, detail?: string, errors?: {detail: string, pointer?: string}[]}} document */
  constructor(status, document) {
    super(document.detail ?? document.title ?? `The service answered ${status}.`);
    this.status = status;
    /** @type {{detail: string, pointer?: string}[]} */
    this.errors = document.errors ?? [];
  }
}

/** The service has not answered at all. */
class Unreachable extends Error {
  /** @param {Promise<void>} back when it does again */
  constructor(back) {
    super('The service did not answer.');
    this.back = back;
  }
}

/** @type {() => Promise<void>} says that the service does not answer, until it does */
let untilBack = async () => { };
/** @param {typeof untilBack} wait */
export const whenUnreachable = wait => { untilBack = wait; };

/** Whether something answers where the service is. */
export const isThere = () => fetch(new URL('health/live', base)).then(() => true, () => false);

/** @type {(problem: Problem) => Promise<boolean>} asks the user for a key; false where he gives none */
let askForKey = async () => false;
/** @param {typeof askForKey} ask */
export const whenKeyIsNeeded = ask => { askForKey = ask; };

export function keepKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

const hasKey = () => sessionStorage.getItem(KEY) !== null;

/** The headers that show the key, where there is one. @returns {Record<string, string>} */
function keyHeaders() {
  const key = sessionStorage.getItem(KEY);
  return key ? { 'X-API-Key': key } : {};
}

/** The address of a path below /api/v1. @param {string} path @param {Record<string, any>} [query] */
export function address(path, query) {
  const url = new URL(`api/v1/${path}`, base);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * Sends a request; where the service asks for a key, asks the user for it and sends it again.
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{query?: Record<string, any>, json?: any, body?: BodyInit, headers?: Record<string, string>, signal?: AbortSignal}} [more]
 * @returns {Promise<Response>} that is a success
 */
export async function send(method, path, more = {}) {
  for (;;) {
    const answer = await attempt(method, path, more);
    if (answer.ok) return answer;
    const problem = await problemOf(answer);
    if (problem.status !== 401 || !await askForKey(problem)) throw problem;
  }
}

/** @param {string} method @param {string} path @param {any} more */
async function attempt(method, path, { query, json, body, headers, signal }) {
  try {
    return await fetch(address(path, query), {
      method, signal, cache: 'no-cache',
      headers: { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...keyHeaders(), ...headers },
      body: json === undefined ? body : JSON.stringify(json),
    });
  } catch (reason) {
    if (signal?.aborted) throw reason;
    throw new Unreachable(untilBack());
  }
}

/** @param {Response} answer */
async function problemOf(answer) {
  try {
    return new Problem(answer.status, await answer.json());
  } catch {
    return new Problem(answer.status, {});
  }
}

/**
 * @template {string} P
 * @param {P} path @param {Record<string, any>} [query] @param {AbortSignal} [signal]
 * @returns {Promise<import('./answers').Answer<'get', P>>}
 */
export const get = async (path, query, signal) => (await send('GET', path, { query, signal })).json();

/**
 * @template {string} P
 * @param {P} path @param {any} json @param {{query?: Record<string, any>, signal?: AbortSignal}} [more]
 * @returns {Promise<import('./answers').Answer<'post', P>>}
 */
export const post = async (path, json, more) => (await send('POST', path, { ...more, json })).json();

/**
 * Starts a training or a study.
 * @template {keyof import('./answers').Started} P
 * @param {P} path @param {any} json @param {AbortSignal} [signal]
 * @returns {Promise<import('./answers').Started[P]>}
 */
export const begin = async (path, json, signal) => (await send('POST', path, { json, signal })).json();

/**
 * Has one thought through.
 * @template {keyof import('./answers').Planned} P
 * @param {P} path @param {any} json @param {AbortSignal} [signal]
 * @returns {Promise<import('./answers').Planned[P]>}
 */
export const plan = async (path, json, signal) => (await send('POST', path, { json, signal, query: { validateOnly: true } })).json();

export const remove = path => send('DELETE', path);

/**
 * Uploads a file, with its progress, which fetch does not tell.
 * @param {Blob} file
 * @param {string} fileName which tells whether it is CSV or JSON
 * @param {Record<string, any>} query
 * @param {(sent: number, total: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<import('./answers').Schemas['DatasetResponse']>} the profile
 */
export function upload(file, fileName, query, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address('datasets', query));
    for (const [name, value] of Object.entries(keyHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = event => onProgress(event.loaded, event.total);
    request.onload = async () => {
      const answer = parsed(request.responseText);
      if (request.status < 300) resolve(answer);
      else if (request.status === 401 && await askForKey(new Problem(401, answer))) resolve(upload(file, fileName, query, onProgress, signal));
      else reject(new Problem(request.status, answer));
    };
    request.onerror = () => reject(new Unreachable(untilBack()));
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file, fileName);
    request.send(form);
  });
}

/** What stands in front of the service may answer with something else than JSON. @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Saves an answer as a file: a link cannot show a key. @param {string} path @param {string} fileName @param {Record<string, string>} [headers] */
export async function download(path, fileName, headers) {
  saveAs(await (await send('GET', path, { headers })).blob(), fileName);
}

/** @param {Blob} blob @param {string} fileName */
export function saveAs(blob, fileName) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The same request as a line for a terminal. @param {string} method @param {string} path @param {any} [json] */
export function curl(method, path, json) {
  const key = hasKey() ? " -H 'X-API-Key: …'" : '';
  const body = json === undefined ? '' : ` \\\n  -H 'Content-Type: application/json' --data-binary '${JSON.stringify(json).replaceAll("'", "'\\''")}'`;
  return `curl${method === 'GET' ? '' : ` -X ${method}`} '${address(path)}'${key}${body}`;
}
