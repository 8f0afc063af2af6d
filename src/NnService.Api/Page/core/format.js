// Numbers, times and sizes for people.

/** A number with four significant digits. @param {number | null | undefined} value */
export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value === 0) return '0'; // not −0
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return value.toLocaleString('en-US', { useGrouping: size >= 1e4 }).replace('-', '−'); // 2026 may be a year
  if (size < 1e-4 || size >= 1e9) return value.toExponential(2).replaceAll('-', '−').replace('e+', 'e');
  return value.toLocaleString('en-US', { maximumSignificantDigits: digits, useGrouping: size >= 1e4 }).replace('-', '−');
}

/** @param {number | null | undefined} value between 0 and 1 */
export const percent = value => value === null || value === undefined ? '–' : `${(value * 100).toFixed(value > 0 && value < 1 && Math.abs(value - 0.5) > 0.4995 ? 2 : 1)} %`;

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 0.995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 90) return `${number(seconds, 2)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${number(seconds / 3600, 2)} h`;
}

export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit++; }
  return `${number(value, 3)} ${units[unit]}`;
}

/** @param {string | null | undefined} iso @param {number} [now] */
export function ago(iso, now = Date.now()) {
  if (!iso) return '–';
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 10) return 'just now';
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return iso.slice(0, 10);
}

/** One thing or several. @param {number} n @param {string} one */
export const several = (n, one, more = `${one}s`) => `${number(n)} ${n === 1 ? one : more}`;

/** A word of the wire in words: `binaryClassification` is "binary classification". @param {string | null | undefined} name */
export const words = name => (name ?? '–').replace(/([a-z0-9])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);

/** What was typed: a number, undefined: nothing, or a text, which the service refuses where it is to be a number: JSON has no infinity. @param {string} text */
export const valueOf = text => /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : text.trim() || undefined;
