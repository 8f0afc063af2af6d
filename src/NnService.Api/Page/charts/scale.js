// From values to places, and the round numbers of an axis.

/**
 * A scale from values to pixels, linear or logarithmic.
 * @param {number} low @param {number} high @param {number} from @param {number} to @param {boolean} [isLog]
 * @returns {(value: number) => number}
 */
export function scale(low, high, from, to, isLog = false) {
  const f = isLog ? Math.log10 : x => x;
  const [a, b] = [f(low), f(high)];
  return value => b === a ? (from + to) / 2 : from + (f(value) - a) / (b - a) * (to - from);
}

/** Round numbers between two values, some `count` of them. @param {number} low @param {number} high @returns {number[]} */
export function ticks(low, high, count = 5) {
  if (!(high > low)) return [low];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw * 0.999) ?? raw;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** Powers of ten; where those are few also 2 and 5 times them, or round numbers. @param {number} low @param {number} high @returns {number[]} */
export function logTicks(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) found.push(10 ** power);
  const inside = found.filter(value => value >= low * 0.999 && value <= high * 1.001);
  if (inside.length >= 3) return inside.length > 7 ? inside.filter((_, i) => i % 2 === 0) : inside;
  const more = found.flatMap(value => [value, 2 * value, 5 * value]).filter(value => value >= low * 0.999 && value <= high * 1.001);
  return more.length > 1 ? more : ticks(low, high);
}

/** The least and the largest of finite values. @param {Iterable<number | null | undefined>} values @returns {[number, number] | null} */
export function extent(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}
