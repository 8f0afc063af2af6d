// The parts of the page that need no browser: node --test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser } from './page/core/sse.js';
import { Curve } from './page/core/curve.js';
import { fieldOf } from './page/core/problems.js';
import { match } from './page/core/router.js';
import { ago, bytes, duration, number, percent, valueOf, words } from './page/core/format.js';
import { extent, logTicks, scale, ticks } from './page/charts/scale.js';
import { forward, layersOf } from './page/core/forward.js';
import { PROBLEMS, make, toCsv } from './page/core/toys.js';
import { settingName } from './page/views/compare.js';
import { residualsOf } from './page/views/curves.js';
import { metricText } from './page/views/metrics.js';
import { nameOf } from './page/views/upload.js';

test('Events are the same however the stream is cut', () => {
  const text = ': waiting\n\nevent: state\nid: 7\ndata: {"a":1}\n\nevent: history\r\nid: 8\r\ndata: [1,\r\ndata: 2]\r\n\r\n';
  const expected = [{ event: 'state', id: '7', data: '{"a":1}' }, { event: 'history', id: '8', data: '[1,\n2]' }];
  for (let size = 1; size <= text.length; size++) {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(found, expected, `pieces of ${size}`);
  }
});

test('A large event in small pieces is read in a time that grows with its size alone', () => {
  const data = `[${'1'.repeat(1 << 24)}]`;
  const text = `event: history\nid: 1\ndata: ${data}\n\n`;
  const parser = new EventParser();
  const begin = performance.now();
  const found = [];
  for (let at = 0; at < text.length; at += 1024) found.push(...parser.push(text.slice(at, at + 1024)));
  assert.ok(found.length === 1 && found[0].data === data);
  assert.ok(performance.now() - begin < 5000, 'it takes some milliseconds; minutes where all that has come is looked through for every piece');
});

const point = epoch => ({ epoch, trainLoss: 1 / (epoch + 1), validationLoss: null, learningRate: 1, metrics: {}, elapsedSeconds: 0 });

test('Epochs that come again after a crash take the places of the first', () => {
  const curve = new Curve();
  curve.add([0, 1, 2, 3, 4].map(point));
  curve.add([3, 4, 5].map(point));
  assert.deepEqual(curve.drawn.map(one => one.epoch), [0, 1, 2, 3, 4, 5]);
});

test('A long curve is thinned evenly and keeps its first and last point', () => {
  const curve = new Curve(100);
  for (let epoch = 0; epoch <= 1001; epoch++) curve.add([point(epoch)]);
  const epochs = curve.drawn.map(one => one.epoch);
  assert.ok(epochs.length <= 101 && epochs.length >= 50, `${epochs.length}`);
  assert.deepEqual([epochs[0], epochs[epochs.length - 1]], [0, 1001]);
  assert.equal(new Set(epochs.slice(1, -1).map((epoch, i) => epoch - epochs[i])).size, 1);
});

test('A curve that begins with a thinned history keeps it while epochs are added', () => {
  const curve = new Curve(150);
  curve.add(Array.from({ length: 100 }, (_, i) => point(i * 1001)));
  for (let epoch = 99_100; epoch <= 100_000; epoch++) curve.add([point(epoch)]);
  const epochs = curve.drawn.map(one => one.epoch);
  assert.ok(epochs.length <= 151, `${epochs.length}`);
  assert.deepEqual([epochs[0], epochs[epochs.length - 1]], [0, 100_000]);
  assert.equal(epochs.filter(epoch => epoch < 99_100).length, 100);
});

test('A pointer finds the nearest field around what it speaks of', () => {
  const fields = ['/optimizer', '/optimizer/learningRate', '/network/layers/1', '/network'];
  assert.equal(fieldOf('#/optimizer/learningRate', fields), '/optimizer/learningRate');
  assert.equal(fieldOf('#/optimizer/learningRates', fields), '/optimizer');
  assert.equal(fieldOf('#/network/layers/1/units', fields), '/network/layers/1');
  assert.equal(fieldOf('#/network/layers/10/units', fields), '/network');
  assert.equal(fieldOf('#', fields), null);
  assert.equal(fieldOf(undefined, fields), null);
});

test('An address leads to its view, with parameters', () => {
  const routes = [[/^\/$/, 'home'], [/^\/tables\/([^/]+)$/, 'table']];
  assert.equal(match('', routes).view, 'home');
  const found = match('#/tables/a%20b?target=c', routes);
  assert.deepEqual([found.view, found.params, found.query.get('target')], ['table', ['a b'], 'c']);
  assert.equal(match('#/nothing', routes), null);
  assert.deepEqual(match('#/tables/100%', routes).params, ['100%']);
  assert.equal(match('#main', routes).view, 'home'); // of a page that is loaded there
});

test('Numbers are short, and say what they are', () => {
  assert.deepEqual([0.123456, -0, 1234567, 0.00001234, -2.5, null].map(value => number(value)), ['0.1235', '0', '1,234,567', '1.23e−5', '−2.5', '–']);
  assert.deepEqual([-5.53e-5, 2026, -2026, 10_000].map(value => number(value)), ['−5.53e−5', '2026', '−2026', '10,000']);
  assert.deepEqual([4951.87, 5125, 12_345.6].map(value => number(value)), ['4952', '5125', '12,350']);
  assert.deepEqual([percent(0.5), percent(0.99999), percent(1), percent(null)], ['50.0 %', '100.00 %', '100.0 %', '–']);
  assert.deepEqual([percent(0.9998), percent(0.0002), percent(0)], ['99.98 %', '0.02 %', '0.0 %']);
  assert.deepEqual([27_247.4, 1234.5, 12.3456, -3.25, 0.12345, null].map(value => metricText('rootMeanSquaredError', value)), ['27,247', '1,235', '12.346', '−3.25', '0.123', '–']); // as the verdict
  assert.deepEqual([duration(0.01), duration(12), duration(600), duration(9000)], ['10 ms', '12 s', '10 min', '2.5 h']);
  assert.deepEqual([bytes(999), bytes(8980), bytes(2.5e9)], ['999 B', '8.98 kB', '2.5 GB']);
  assert.equal(ago('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z')), '5 min ago');
  assert.equal(words('multiclassClassification'), 'multiclass classification');
});

test('What is no finite decimal number is sent as it was typed', () => {
  assert.deepEqual(['12', ' -1.5e3 ', '.5', '5.', '1e400', 'Infinity', '0x20', '0,5', ' a b ', ' '].map(valueOf), [12, -1500, 0.5, 5, '1e400', 'Infinity', '0x20', '0,5', 'a b', undefined]);
});

test('Axes have round numbers', () => {
  assert.deepEqual(ticks(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(0.13, 0.37), [0.15, 0.2, 0.25, 0.3, 0.35]);
  assert.deepEqual(logTicks(0.001, 10), [0.001, 0.01, 0.1, 1, 10]);
  assert.deepEqual(logTicks(0.2, 3), [0.2, 0.5, 1, 2]);
  assert.equal(scale(0.01, 1, 0, 100, true)(0.1), 50);
  assert.deepEqual(extent([3, null, NaN, -1]), [-1, 3]);
  assert.equal(extent([]), null);
});

test('A network forwards says the tutorial’s numbers', () => {
  const trace = { layers: [
    { activation: 'sigmoid', neurons: [{ weights: [0, 1], bias: 0 }, { weights: [0, 1], bias: 0 }] }, { activation: 'sigmoid', neurons: [{ weights: [0, 1], bias: 0 }] }] };
  assert.ok(Math.abs(forward(layersOf(trace), [2, 3])[0] - 0.7216325609518421) < 1e-15);
});

test('Toy problems are the same for the same seed, and have both labels', () => {
  for (const problem of Object.keys(PROBLEMS)) {
    const samples = make(problem, 200, 0.05, 3);
    assert.deepEqual(samples, make(problem, 200, 0.05, 3));
    assert.notDeepEqual(samples, make(problem, 200, 0.05, 4));
    const share = samples.filter(sample => sample[2] === 'a').length / 200;
    assert.ok(share > 0.35 && share < 0.65, `${problem}: ${share}`);
    assert.ok(samples.flatMap(sample => sample.slice(0, 2)).every(value => Math.abs(value) < 2), problem);
    assert.match(toCsv(samples), /^x,y,label\n(-?\d\.\d{4},-?\d\.\d{4},[ab]\n){200}$/);
  }
});

test('A file’s name becomes one that the service takes', () => {
  assert.deepEqual(['Iris (1).csv', 'Größe.CSV', 'a.csv.gz', '.csv', '数据.csv'].map(nameOf), ['iris-1', 'gro-e', 'a', 'table', 'table']);
});

test('A logarithmic axis has two marks at least', () => {
  assert.ok(logTicks(0.21, 0.26).length >= 2);
  assert.ok(logTicks(0.9, 1.1).length >= 2);
});

test('A setting has a name to read', () => {
  assert.equal(settingName('/network/layers/3'), 'Layer 4');
  assert.equal(settingName('/network/layers/0/units'), 'Layer 1: units'); // as in the form for a training
  assert.equal(settingName('/optimizer/learningRate'), 'optimizer, learning rate');
});

test('The residuals of each target are drawn, of many those of the first six', () => {
  const points = residual => [{ predicted: 1, residual }, { predicted: 2, residual: null }];
  assert.deepEqual(residualsOf({ a: points(3), b: points(4) }), [['Residuals of a', [[1, 3]]], ['Residuals of b', [[1, 4]]]]);
  assert.deepEqual(residualsOf(Object.fromEntries([...'abcdefghij'].map(name => [name, points(3)]))).map(([title]) => title.at(-1)), [...'abcdef']);
});
