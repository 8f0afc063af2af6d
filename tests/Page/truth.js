// Whether what the page says is so, in Chromium: node truth.js <dll> <folder for pictures>
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from './service.js';
import { browser, check, choose, open } from './window.js';

const [dll, pictures] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'nnservice-page-'));
const service = await new Service(dll, join(folder, 'data'), ['--Training:MaxConcurrentJobs=1']).start();

const rows = (count, of) => `${Array.from({ length: count }, (_, i) => of(i)).join('\n')}\n`;
const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ask = async (method, path, body, headers = {}) => {
  const answer = await fetch(`${service.url}/api/v1/${path}`, { method, headers: { 'Content-Type': typeof body === 'string' ? 'text/csv' : 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return answer.status === 204 ? null : answer.json();
};
const train = async wanted => {
  const job = await ask('POST', 'training-jobs', { epochs: 5, ...wanted }, { Prefer: 'wait=60' });
  assert.equal(job.state, 'succeeded', JSON.stringify(job));
  return job;
};
const homes = factor => `area,kind,price\n${rows(240, i => `${20 + i * 37 % 100},${['attic', 'house', 'house', 'flat'][i % 4]},${factor * (20 + i * 37 % 100) + i * 61 % 500}`)}`;
const SMALL = { layers: [{ type: 'dense', units: 2, activation: 'tanh' }, { type: 'dense', activation: 'linear' }] };
const LONG = { dataset: 'labels', target: 'label', network: { layers: [{ type: 'dense', units: 3, activation: 'tanh' }, { type: 'dense', activation: 'sigmoid' }] }, epochs: 10_000_000, earlyStopping: { patience: 0 } };

try {
  await ask('POST', 'datasets?name=homes', homes(1000));
  await ask('POST', 'datasets?name=labels', `x,y,label\n${rows(240, i => `${i % 7},${i % 11},${i % 7 > i % 11 ? 'a' : 'b'}`)}`);

  await check('a regression without a validation part, in the list of jobs', async () => {
    const { page, close } = await open();
    await train({ dataset: 'homes', target: 'price', split: { train: 0.8, validation: 0, test: 0.2 }, model: 'unvalidated' });
    await page.goto(`${service.url}/#/jobs`);
    const cells = page.locator('tbody tr').first().locator('td');
    await cells.nth(5).getByText(/^R² /).waitFor();
    assert.equal(await cells.nth(4).textContent(), '–');
    await close();
  });

  await check('what test rows say of an interval, the most frequent category, and no answer to what is refused', async () => {
    const { page, close } = await open({}, [/status of 400/]);
    const job = await train({ dataset: 'homes', target: 'price', network: SMALL, model: 'homes' });
    await page.goto(`${service.url}/#/models/homes`);
    await page.getByText(`On test rows it held ${Math.round(job.metrics.test.coverage * 100)} % of the time.`).waitFor();
    assert.equal(await page.getByLabel('kind').inputValue(), 'house');
    const area = page.getByLabel('area', { exact: true });
    for (const typed of ['1e400', '0x20', 'Infinity']) {
      await area.fill(typed);
      await page.locator('.field:has([data-pointer="/area"]) .field-problem').waitFor();
      assert.deepEqual([await page.locator('.answer').count(), await page.getByRole('heading', { name: 'Why' }).count()], [0, 0]);
      await area.fill('50');
      await page.locator('.answer').waitFor();
    }
    await page.goto(`${service.url}/#/train?table=homes`);
    await page.getByText('More settings').click();
    await page.getByLabel('Epochs').fill('1e400');
    await page.locator('.field:has([data-pointer="/epochs"]) .field-problem').waitFor();
    await close();
  });

  await check('a table of the same name is not the one that a model was trained on', async () => {
    const { page, close } = await open({}, [/status of 404/]);
    await page.goto(`${service.url}/#/models/homes/1/glass`);
    await page.getByLabel('Row of the table').waitFor();
    await ask('DELETE', 'datasets/homes');
    await ask('POST', 'datasets?name=homes', homes(7));
    for (const view of ['models/homes', 'models/homes/1/glass']) {
      await page.goto(`${service.url}/#/${view}`);
      await page.getByText('is gone; another one has its name').waitFor();
      assert.deepEqual([await page.getByRole('link', { name: 'Table homes' }).count(), await page.getByRole('button', { name: 'Measure' }).count(), await page.getByLabel('Row of the table').count()], [0, 0, 0]);
    }
    await page.goto(`${service.url}/#/train?table=none-of-these`);
    await page.getByText('The table none-of-these is gone; this is the newest.').waitFor();
    await close();
  });

  await check('the service’s advice about a file can be followed', async () => {
    const { page, close } = await open();
    const numbers = file('numbers.csv', rows(40, i => `${i};${i % 5 ? i * 3 : 'none'}`));
    await page.goto(`${service.url}/#/tables`);
    await choose(page, numbers);
    await page.getByText('On this page that is under “Reading the file”').first().waitFor();
    await page.getByText('Reading the file', { exact: true }).click();
    await page.getByLabel('First row', { exact: true }).selectOption('false');
    await page.getByLabel('Missing', { exact: true }).fill('none');
    await page.getByRole('button', { name: 'Read again so' }).click();
    await page.getByRole('heading', { name: 'numbers-2' }).waitFor();
    const read = ({ rows: count, columns }) => [count, columns.map(one => `${one.name} ${one.type} ${one.missing}`)];
    assert.deepEqual(read(await ask('GET', 'datasets/numbers-2')), [40, ['column1 number 0', 'column2 number 8']]);
    await page.goto(`${service.url}/#/tables`);
    await page.getByRole('heading', { name: 'Tables' }).waitFor();
    await page.getByText('Reading the file').click();
    await page.getByLabel('First row').selectOption('false');
    await page.getByLabel('Between cells').selectOption('|');
    await page.screenshot({ path: join(pictures, 'reading.png'), fullPage: true });
    await choose(page, file('bars.csv', rows(40, i => `${i};${i}|${i % 5}`)));
    await page.getByRole('heading', { name: 'bars' }).waitFor();
    assert.equal(await page.locator('#notes .notice:visible').count(), 0);
    assert.deepEqual((await ask('GET', 'datasets/bars')).reading, { ...(await ask('GET', 'datasets/bars')).reading, header: false, delimiter: '|' });
    await close();
  });

  await check('an upload goes on when its view is left', async () => {
    const { page, close } = await open();
    let go = () => { };
    const held = new Promise(resolve => { go = resolve; });
    await page.route(/datasets\?/, async route => {
      if (route.request().method() === 'POST') await held;
      await route.continue();
    });
    await page.goto(`${service.url}/#/tables`);
    await choose(page, file('slow.csv', homes(3)));
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('link', { name: 'Models' }).first().click();
    await page.getByRole('heading', { name: 'Models' }).waitFor();
    await page.locator('#notes').getByText('slow.csv').waitFor();
    assert.ok(await page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })))); // the browser asks
    go();
    await page.locator('#notes').getByRole('link', { name: 'slow' }).waitFor();
    assert.ok(await page.getByRole('heading', { name: 'Models' }).isVisible());
    assert.ok(await page.evaluate(() => dispatchEvent(new Event('beforeunload', { cancelable: true }))));
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('#notes').getByText('slow.csv').waitFor({ state: 'detached' });
    await close();
  });

  await check('the answer of many columns stays in sight, and does not cover the field that is changed', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `c${i}`);
    await ask('POST', 'datasets?name=wide', `${names.join()},label\n${rows(120, i => `${names.map((_, k) => (i * (k + 7)) % 31).join()},${i % 2 ? 'yes' : 'no'}`)}`);
    await train({ dataset: 'wide', target: 'label', network: { layers: [{ type: 'dense', activation: 'sigmoid' }] }, model: 'wide' });
    for (const [width, height] of [[1200, 900], [380, 800]]) {
      const { page, close } = await open({ viewport: { width, height } });
      await page.goto(`${service.url}/#/models/wide`);
      for (const name of ['c59', 'c30', 'c3']) {
        await page.getByLabel(name, { exact: true }).focus();
        const [field, answer] = await Promise.all([page.getByLabel(name, { exact: true }), page.locator('.answer')].map(one => one.boundingBox()));
        assert.ok(answer.y >= 0 && answer.y + answer.height <= height, `${name}, ${width}: the answer is at ${answer.y}`);
        assert.ok(field.y >= 56 && field.y + field.height <= height && (field.y + field.height <= answer.y || field.x + field.width <= answer.x), `${name}, ${width}: the field is at ${field.y}, the answer at ${answer.y}`);
      }
      await page.screenshot({ path: join(pictures, `wide-${width}.png`) });
      await close();
    }
  });

  await check('when a job began, what it waits for, and that one which never ran took no time', async () => {
    const { page, close } = await open();
    await page.clock.install();
    const first = await ask('POST', 'training-jobs', { ...LONG, model: 'first' });
    const second = await ask('POST', 'training-jobs', { ...LONG, model: 'second' });
    await page.goto(`${service.url}/#/jobs/${second.id}`);
    await page.getByText('waiting, queued just now').waitFor();
    await page.clock.fastForward(60_000);
    await page.getByText(/waiting, queued \d+ s ago/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Stop, keep the best' }).count(), 0);
    await page.getByRole('link', { name: 'Look inside' }).click();
    await page.getByText('The job waits for its turn').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('never started').waitFor();
    assert.equal(await page.locator('.figures div', { hasText: 'Took' }).locator('dd').first().textContent(), '–');
    await page.goto(`${service.url}/#/jobs`);
    const started = page.locator('tbody tr').first().locator('td').last();
    await started.waitFor();
    assert.equal(await started.textContent(), '–');
    await page.goto(`${service.url}/#/jobs/${first.id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.clock.fastForward(600_000);
    await page.getByText(/started 1[12] min ago/).waitFor(); // nothing is asked for meanwhile
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Delete' }).waitFor();
    await close();
  });

  await check('a paused study is stopped, and an ended one deleted', async () => {
    const { page, close } = await open();
    const study = await ask('POST', 'studies', { kind: 'search', job: LONG, search: { '/optimizer/learningRate': { logUniform: [1e-7, 1e-6] } }, trials: 2, keep: 'none' });
    await page.goto(`${service.url}/#/studies/${study.id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.getByRole('button', { name: 'Stop, keep the best' }).click();
    await page.getByRole('button', { name: 'Delete' }).click({ timeout: 60_000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There is no study yet').waitFor();
    await close();
  });

  await check('a diagonal is drawn where it means something', async () => {
    const { page, close } = await open();
    await train({ ...LONG, epochs: 3, model: 'labels' });
    await page.goto(`${service.url}/#/models/labels`);
    await page.getByText('Evaluate on a table').click();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('heading', { name: 'Calibration', exact: true }).waitFor();
    for (const [title, count] of [['ROC', 1], ['Precision and recall', 0], ['Calibration', 1]])
      assert.equal(await page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) }).last().locator('line[stroke-dasharray]').count(), count, title);
    await close();
  });

  await check('that the service did not answer is said until it does', async () => {
    const { page, close } = await open({}, [/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_SOCKET/]);
    const job = await ask('POST', 'training-jobs', { ...LONG, model: 'gone' });
    await page.goto(`${service.url}/#/jobs/${job.id}`);
    await page.getByRole('button', { name: 'Stop, keep the best' }).waitFor();
    await service.kill();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('The service did not answer.').waitFor();
    await service.start();
    await page.getByText('The service did not answer.').waitFor({ state: 'detached' });
    await close();
  });
} finally {
  await browser.close();
  await service.kill();
  rmSync(folder, { recursive: true, force: true });
}
