import { h } from '../core/dom.js';
import { choice, field } from '../core/parts.js';

const SIGNS = [['.', 'Point'], [',', 'Comma']];

/**
 * How a file is read, folded: for what is not found by itself.
 * @param {Partial<import('../core/answers').Schemas['ReadingResponse']>} usual as a table was
 * @param {{onChange?: () => void, unsaid?: string}} [more] `unsaid`: what holds where nothing is said of the notation
 */
export function readingForm({ header, delimiter, decimal, thousands, missing }, { onChange, unsaid } = {}) {
  const pick = (/** @type {any[]} */ options, value) => choice(options, { value: value ?? '', onchange: onChange });
  const query = {
    header: pick([['', 'Names of the columns'], ['false', 'Values already']], header === false ? 'false' : ''),
    delimiter: pick([['', 'Found by itself'], [',', 'Comma'], [';', 'Semicolon'], ['|', 'Bar'], ['tab', 'Tab']], delimiter === '\t' ? 'tab' : delimiter),
    decimal: pick(unsaid ? [['', unsaid], ...SIGNS] : SIGNS, decimal ?? (unsaid ? '' : '.')),
    thousands: pick([['', unsaid ?? 'Nothing'], ...SIGNS, ["'", 'Apostrophe'], ['_', 'Underscore'], ['space', 'Blank']], thousands === ' ' ? 'space' : thousands),
    missing: h('input', { value: missing?.join('|') || (missing ? '|' : ''), placeholder: unsaid ?? 'NA|NaN|null|?', autocomplete: 'off', oninput: onChange }),
  };
  return {
    element: h('details', h('summary', 'Reading the file'), h('div.fields', field('First row', query.header), field('Between cells', query.delimiter),
      field('Decimal sign', query.decimal), field('Between thousands', query.thousands), field('Missing', query.missing, 'With | between; | alone: none'))),
    /** What the service is told. @returns {Record<string, string>} */
    query: () => Object.fromEntries(Object.entries(query).map(([name, control]) => [name, control.value])),
  };
}
