// Problems of two numbers that are made here, the same for the same seed.

/** A generator of numbers between 0 and 1 (mulberry32). @param {number} seed */
export function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** @typedef {[number, number, 'a' | 'b']} Sample */

/** @type {Record<string, {name: string, make: (random: () => number, noise: number) => Sample}>} */
export const PROBLEMS = {
  xor: { name: 'XOR', make: (random, noise) => {
    const [x, y] = [random() * 2 - 1, random() * 2 - 1];
    const label = x * y > 0 ? 'a' : 'b';
    const away = v => v + Math.sign(v) * 0.08 + normal(random) * noise;
    return [away(x), away(y), label];
  } },
  circles: { name: 'Circles', make: (random, noise) => {
    const isInner = random() < 0.5;
    const radius = isInner ? random() * 0.45 : 0.7 + random() * 0.3;
    const angle = random() * 2 * Math.PI;
    return [radius * Math.cos(angle) + normal(random) * noise, radius * Math.sin(angle) + normal(random) * noise, isInner ? 'a' : 'b'];
  } },
  moons: { name: 'Moons', make: (random, noise) => {
    const [isUpper, angle] = [random() < 0.5, random() * Math.PI];
    const [x, y] = isUpper ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return [(x - 0.5) / 1.5 + normal(random) * noise, (y - 0.25) * 0.9 + normal(random) * noise, isUpper ? 'a' : 'b'];
  } },
  spiral: { name: 'Spiral', make: (random, noise) => {
    const [isA, t] = [random() < 0.5, Math.sqrt(random())];
    const angle = 1.75 * t * 2 * Math.PI + (isA ? 0 : Math.PI);
    return [t * Math.sin(angle) + normal(random) * noise * 0.5, t * Math.cos(angle) + normal(random) * noise * 0.5, isA ? 'a' : 'b'];
  } },
};

/** Box and Muller. @param {() => number} random */
const normal = random => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** @param {string} problem @param {number} count @param {number} noise @param {number} seed @returns {Sample[]} */
export function make(problem, count, noise, seed) {
  const random = chance(seed);
  return Array.from({ length: count }, () => PROBLEMS[problem].make(random, noise));
}

/** @param {Sample[]} samples */
export const toCsv = samples => `x,y,label\n${samples.map(([x, y, label]) => `${x.toFixed(4)},${y.toFixed(4)},${label}`).join('\n')}\n`;
