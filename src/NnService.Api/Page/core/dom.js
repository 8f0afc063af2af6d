// Elements without markup in strings: nothing that comes from the service or a file can become anything but text.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @typedef {Node | string | number | null | undefined | false | any[]} Child an array stands for its elements
 * @typedef {{[name: string]: any, nodeType?: never}} Props attributes; `on…` are listeners; `value`, `checked`, `disabled`, `selected`, `indeterminate` and others are properties
 */

/** @param {(name: string) => Element} create @returns {(tag: string, props?: Props | Child, ...children: Child[]) => any} */
const maker = create => (tag, props, ...children) => {
  const [name, ...classes] = tag.split('.');
  return fill(create(name), classes, props, children);
};

/** Makes an HTML element: its name, with classes as in `p.muted.small`, then attributes or the first child, then children. A button submits nothing unless its `type` says so. */
export const h = maker(name => {
  const element = document.createElement(name);
  if (element instanceof HTMLButtonElement) element.type = 'button';
  return element;
});

/** Makes an SVG element in the same way. */
export const s = maker(name => document.createElementNS(SVG, name));

const PROPERTIES = new Set(['value', 'checked', 'disabled', 'selected', 'indeterminate', 'hidden', 'open', 'files']);

/** @param {any} element @param {string[]} classes @param {any} props @param {Child[]} children */
function fill(element, classes, props, children) {
  const isChild = typeof props !== 'object' || props instanceof Node || Array.isArray(props);
  if (classes.length) element.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(isChild ? {} : props ?? {})) {
    if (value === null || value === undefined || value === false && !PROPERTIES.has(key)) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.setAttribute('class', [...classes, value].join(' '));
    else if (PROPERTIES.has(key)) element[key] = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, isChild ? [props, ...children] : children);
  return element;
}

/** @param {Node} parent @param {Child[]} children */
function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false) parent.appendChild(document.createTextNode(String(child)));
  }
}

/**
 * Puts children in the place of what an element has.
 * @param {Element} parent
 * @param {...Child} children
 */
export function put(parent, ...children) {
  const fragment = document.createDocumentFragment();
  append(fragment, children);
  parent.replaceChildren(fragment);
}

/** Says something to a screen reader, without moving anything. @param {string} text */
export function announce(text) {
  const status = document.getElementById('status');
  if (status) status.textContent = text;
}

/** What an element is known by when others have taken their places. @param {Element} one */
const knownBy = one => `${one.localName} ${one.getAttribute('href') ?? one.getAttribute('value') ?? one.getAttribute('aria-label')?.split(':')[0] ?? one.textContent}`;

/**
 * The same for children that may have the focus: the one that takes its place has it afterwards, and where none does, the parent:
 * on another button a second press of Enter would do what nobody asked for.
 * @param {Element} parent
 * @param {...Child} children
 */
export function renew(parent, ...children) {
  const at = document.activeElement;
  const known = at && parent.contains(at) ? knownBy(at) : null;
  put(parent, ...children);
  if (!known) return;
  const next = [...parent.querySelectorAll('a, button, input, select, summary, [tabindex]')].find(one => knownBy(one) === known) ?? parent;
  if (next === parent) parent.setAttribute('tabindex', '-1');
  /** @type {HTMLElement} */ (next).focus({ preventScroll: next === parent });
}

let count = 0;
/** An id that no other element has. @param {string} of */
export const newId = of => `${of}-${++count}`;

/**
 * Calls the last of a row of calls, when no other has come for a while.
 * @template {any[]} A
 * @param {(...args: A) => void} action
 * @param {number} milliseconds
 * @returns {(...args: A) => void}
 */
export function afterQuiet(action, milliseconds) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), milliseconds);
  };
}
