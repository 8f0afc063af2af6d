// Server-Sent Events, as the HTML standard has them read (section 9.2.6). EventSource cannot send the header with the key.

/** @typedef {{event: string, id: string, data: string}} ServerEvent */

/** Makes events of the text of a stream, however it is cut. Each piece is looked through once: an event may be megabytes long. */
export class EventParser {
  /** @type {string[]} what has come of a line that is not complete */
  #line = [];
  #event = '';
  #id = '';
  /** @type {string[]} */
  #data = [];

  /** @param {string} text the next piece @returns {ServerEvent[]} what it has completed */
  push(text) {
    const found = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#line.push(text.slice(from, end));
      const whole = this.#line.join('');
      const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
      this.#line = [];
      from = end + 1;
      if (line) this.#read(line);
      else found.push(...this.#complete());
    }
    if (from < text.length) this.#line.push(text.slice(from));
    return found;
  }

  /** @param {string} line */
  #read(line) {
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'id') this.#id = value;
    else if (field === 'data') this.#data.push(value);
  }

  /** @returns {ServerEvent[]} the event that an empty line ends, where it has data */
  #complete() {
    const events = this.#data.length ? [{ event: this.#event || 'message', id: this.#id, data: this.#data.join('\n') }] : [];
    this.#event = '';
    this.#data = [];
    return events;
  }
}
