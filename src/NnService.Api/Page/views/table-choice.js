import { get } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { choice } from '../core/parts.js';

/** The choice of a table, and of its column that is to be predicted. */
export class TableChoice {
  /** @param {string[]} names @param {AbortSignal} signal @param {() => void} onChange the profile is there */
  constructor(names, signal, onChange) {
    this.names = names;
    this.signal = signal;
    this.onChange = onChange;
    this.turn = 0;
    this.table = choice(names, { 'data-pointer': '/dataset', onchange: () => this.choose(this.table.value, null) });
    this.said = h('div');
    this.target = choice([], { 'data-pointer': '/target', onchange: onChange });
  }

  /** @param {string | null | undefined} wanted it may be none of the names, which are the newest @param {any} target null: the last column that is no text */
  async choose(wanted, target) {
    const turn = ++this.turn;
    if (wanted) put(this.said);
    const name = wanted || this.names[0];
    const profile = await get(`datasets/${name}`, {}, this.signal).catch(reason => {
      if (reason.status !== 404 || !wanted) throw reason;
    });
    if (turn !== this.turn) return;
    if (!profile) {
      put(this.said, h('p.notice.warn', `The table ${wanted} is gone; this is the newest.`));
      return this.choose(null, null);
    }
    this.profile = profile;
    if (!this.names.includes(name)) {
      this.names.push(name);
      this.table.append(h('option', { value: name }, name));
    }
    this.table.value = name;
    const columns = this.profile.columns.map(column => column.name);
    put(this.target, columns.map(column => h('option', { value: column }, column)));
    const usable = this.profile.columns.filter(column => column.type !== 'text').map(column => column.name);
    this.target.value = columns.includes(target) ? target : usable[usable.length - 1] ?? columns[0];
    this.onChange();
  }
}
