// Server-Sent Events, as the HTML standard has them read (section 9.2.6). EventSource cannot send the header with the key.

/** @typedef {{event: string, id: string, data: string}} ServerEvent */

/** Makes events of the text of a stream, however it is cut. */
export class EventParser {
  #rest = '';
  #id = '';

  /** @param {string} text the next piece @returns {ServerEvent[]} what it has completed */
  push(text) {
    const blocks = (this.#rest + text).replaceAll('\r\n', '\n').split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.map(block => this.#parse(block)).filter(event => event !== null);
  }

  /** @param {string} block @returns {ServerEvent | null} */
  #parse(block) {
    let event = 'message';
    const data = [];
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) continue;
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event = value;
      else if (field === 'id') this.#id = value;
      else if (field === 'data') data.push(value);
    }
    return data.length ? { event, id: this.#id, data: data.join('\n') } : null;
  }
}
