import { Problem } from './api.js';
import { advised, refusal } from './parts.js';
import { h, put } from './dom.js';

/**
 * The name of the field that a pointer speaks of: the longest among those that the form has which the pointer begins with.
 * @param {string | undefined} pointer as `#/optimizer/learningRate`
 * @param {string[]} fields
 */
export function fieldOf(pointer, fields) {
  const path = (pointer ?? '').replace(/^#/, '');
  let best = null;
  for (const field of fields) {
    if ((path === field || path.startsWith(`${field}/`)) && field.length > (best?.length ?? 0)) best = field;
  }
  return best;
}

/** Takes away what an earlier answer has said of a form. @param {Element} form */
export function clearProblems(form) {
  for (const note of form.querySelectorAll('.field-problem')) note.remove();
  for (const input of form.querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-describedby');
  }
}

/**
 * Shows the sentences of a refusal beside the fields that they speak of (`data-pointer`), and all others in one place.
 * @param {Element} form
 * @param {Element} rest
 * @param {unknown} reason
 */
export function showProblems(form, rest, reason) {
  clearProblems(form);
  const inputs = new Map([...form.querySelectorAll('[data-pointer]')].map(input => [input.getAttribute('data-pointer') ?? '', input]));
  if (!(reason instanceof Problem && reason.errors.length)) return put(rest, refusal(reason));
  const others = [];
  for (const { detail, pointer } of reason.errors) {
    const input = inputs.get(fieldOf(pointer, [...inputs.keys()]) ?? '');
    if (!input) { others.push(detail); continue; }
    const id = `${input.id}-problem`;
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', id);
    input.closest('.field')?.append(h('p.field-problem', { id }, advised(detail)));
    const folded = input.closest('details');
    if (folded) folded.open = true;
  }
  put(rest, others.map(refusal));
}
