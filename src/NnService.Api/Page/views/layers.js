import { h, newId, put } from '../core/dom.js';
import { several, valueOf, words } from '../core/format.js';

/**
 * Hidden layers to add, change and take away; none: the service chooses the network.
 * @param {string[]} activations
 * @param {() => void} onChange
 */
export function layerEditor(activations, onChange) {
  /** @type {{units: any, activation: any}[]} */
  const rows = [];
  const list = h('div.layers');
  const hint = h('p.muted.small', 'Chosen by the size of the table.');
  let chosen = '';
  /** @type {any} the activation of the last layer, which follows from the task */
  let last = 'linear';

  function draw() {
    put(list, rows.map((row, i) => {
      const [unitsId, activationId] = [newId('units'), newId('activation')];
      row.units.id = unitsId;
      row.activation.id = activationId;
      return h('div.field', h('div.layer', {},
        h('div.field', h('label', { for: unitsId }, `Layer ${i + 1}: units`), row.units),
        h('div.field', h('label', { for: activationId }, 'Activation'), row.activation),
        h('button.quiet', { 'aria-label': `Take layer ${i + 1} away`, onclick: () => { rows.splice(i, 1); draw(); onChange(); } }, '×')));
    }));
    rows.forEach((row, i) => {
      row.units.setAttribute('data-pointer', `/network/layers/${i}`);
    });
    hint.textContent = rows.length ? 'The last layer is added by itself: as many units as the target needs.' : chosen || 'Chosen by the size of the table.';
  }

  function add(units) {
    rows.push({
      units: h('input', { value: units, inputmode: 'numeric', autocomplete: 'off', oninput: onChange }),
      activation: h('select', { onchange: onChange }, activations.filter(name => name !== 'softmax').map(name => h('option', { value: name, selected: name === 'relu' }, words(name)))),
    });
    draw();
    onChange();
  }

  const element = h('fieldset', { 'data-pointer': '/network', id: newId('network') }, h('legend', 'Network'), hint, list,
    h('div', h('button', { onclick: () => { add(rows.length ? rows[rows.length - 1].units.value : '16'); rows[rows.length - 1].units.focus(); } }, 'Add a layer')));

  return {
    element,
    add,
    /** The network of the request; undefined: left to the service. */
    value() {
      if (!rows.length) return undefined;
      const hidden = rows.map(row => ({ type: 'dense', units: valueOf(row.units.value) ?? '', activation: row.activation.value }));
      return { layers: [...hidden, { type: 'dense', activation: last }] };
    },
    /** Shows what the service has chosen. */
    resolved(network) {
      const dense = (network?.layers ?? []).filter(layer => layer.type === 'dense');
      last = dense.length ? dense[dense.length - 1].activation : last;
      if (rows.length) return;
      chosen = dense.length > 1
        ? `Chosen by the size of the table: ${several(dense.length - 1, 'hidden layer')} of ${dense.slice(0, -1).map(layer => layer.units).join(' and ')} units.`
        : 'Chosen by the size of the table: no hidden layer.';
      hint.textContent = chosen;
    },
  };
}

