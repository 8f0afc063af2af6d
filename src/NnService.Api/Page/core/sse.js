// Server-Sent Events, as the HTML standard has them read (section 9.2.6). EventSource cannot send the header with the key.

/** @typedef {{event: string, id: string, data: string}} ServerEvent */

/** Makes events of the text of a stream, however it is cut. What has come of an event is put together once it is whole: it may be megabytes long. */
export class EventParser {
  /** @type {string[]} */
  #rest = [];
  #end = '';
  #id = '';

  /** @param {string} text the next piece @returns {ServerEvent[]} what it has completed */
  push(text) {
    const seen = this.#end + text;
    this.#end = seen.slice(-3);
    this.#rest.push(text);
    if (!/\n\r?\n/.test(seen)) return [];
    const blocks = this.#rest.join('').replaceAll('\r\n', '\n').split('\n\n');
    this.#rest = [blocks.pop() ?? ''];
    return blocks.flatMap(block => {
      let event = 'message';
      const data = [];
      for (const line of block.split('\n')) {
        const [, field, value] = /** @type {RegExpExecArray} */ (/^([^:]*):? ?(.*)/s.exec(line)); // of a comment the field is empty
        if (field === 'event') event = value;
        else if (field === 'id') this.#id = value;
        else if (field === 'data') data.push(value);
      }
      return data.length ? [{ event, id: this.#id, data: data.join('\n') }] : [];
    });
  }
}
