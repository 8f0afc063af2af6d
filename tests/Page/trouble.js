// What goes wrong while the page is used, in Chromium: node trouble.js <dll> <folder for pictures>
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Service } from './service.js';
import { browser, check, choose, open, trainOn } from './window.js';

const [dll, pictures] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'nnservice-page-'));
const GONE = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_SOCKET/;

const csv = (name, text) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const points = Array.from({ length: 240 }, (_, i) => `${i % 7},${i % 11},${i % 7 > i % 11 ? 'a' : 'b'}`);
const LONG = { dataset: 'points', target: 'label', network: { layers: [{ type: 'dense', units: 3, activation: 'tanh' }, { type: 'dense', activation: 'sigmoid' }] }, epochs: 10_000_000, earlyStopping: { patience: 0 } };

/** What a service is asked for beside the page. */
const client = (service, key = service.key) => async (method, path, json, headers = {}) => {
  const answer = await fetch(`${service.url}/api/v1/${path}`, { method, headers: { 'X-API-Key': key ?? '', 'Content-Type': 'application/json', ...headers }, body: typeof json === 'string' ? json : JSON.stringify(json) });
  return answer.status === 204 ? null : answer.json();
};

async function withService(settings, run) {
  const service = await new Service(dll, join(folder, `data${performance.now()}`), settings).start();
  const ask = client(service);
  await ask('POST', 'datasets?name=noise', `x,y,label\n${points.map((_, i) => `${i * 31 % 17},${i * 37 % 19},${i * i % 11 < 5 ? 'a' : 'b'}`).join('\n')}\n`, { 'Content-Type': 'text/csv' });
  await ask('POST', 'datasets?name=points', `x,y,label\n${points.join('\n')}\n`, { 'Content-Type': 'text/csv' });
  try {
    await run(service, ask);
  } finally {
    await service.kill();
  }
}

try {
  await withService(['--Access:RequireKey=true'], async (service, ask) => {
    const httpCredentials = { username: 'any', password: service.key };
    const key = page => page.getByLabel('Key', { exact: true });

    await check('Enter in the question for a key uses it', async () => {
      const { page, close } = await open({ httpCredentials }, [/status of 401/]);
      await page.goto(service.url);
      await key(page).fill(service.key);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Latest' }).or(page.getByText('A trained model answers')).first().waitFor();
      await page.waitForFunction(() => sessionStorage.length === 1 && !document.querySelector('dialog'));
      await close();
    });

    await check('who gives no key is not asked again, and can give one later', async () => {
      const job = await ask('POST', 'training-jobs', { ...LONG, model: 'asked' });
      const study = await ask('POST', 'studies', { kind: 'search', job: LONG, search: { '/optimizer/learningRate': { logUniform: [1e-7, 1e-6] } }, trials: 2, keep: 'none' });
      for (const view of [`studies/${study.id}`, 'jobs', `jobs/${job.id}`]) {
        const short = await ask('POST', 'api-keys', { name: 'short', scopes: ['read', 'predict', 'write'] });
        const { page, close } = await open({ httpCredentials }, [/status of 401/, GONE]); // a stream under way is cut off with its key
        await page.goto(`${service.url}/#/${view}`);
        await key(page).fill(short.key);
        await page.keyboard.press('Enter');
        await page.locator('.badge').first().waitFor();
        await ask('DELETE', `api-keys/${short.id}`);
        await page.getByRole('button', { name: 'Not now' }).click();
        let refused = 0;
        page.on('response', answer => { refused += answer.status() === 401 ? 1 : 0; });
        await page.getByRole('button', { name: 'Give a key' }).waitFor();
        await page.getByRole('alert').waitFor();
        await page.evaluate(() => new Promise(resolve => { setTimeout(resolve, 2000); })); // longer than a turn of either
        assert.equal(await page.getByRole('dialog').count(), 0);
        assert.ok(refused <= 2, `${view}: ${refused} more requests were refused`);
        await page.getByRole('button', { name: 'Give a key' }).click();
        await key(page).fill(service.key);
        await page.keyboard.press('Enter');
        await page.getByRole('alert').waitFor({ state: 'detached' });
        await page.locator('.badge').first().waitFor();
        assert.ok(await page.getByRole('button', { name: 'Give a key' }).isHidden());
        await close();
      }
      await ask('POST', `studies/${study.id}/cancel`);

      const short = await ask('POST', 'api-keys', { name: 'short', scopes: ['read', 'predict', 'write'] });
      const { page, close } = await open({ httpCredentials }, [/status of 401/, GONE]);
      await page.goto(`${service.url}/#/jobs/${job.id}`);
      await key(page).fill(short.key);
      await page.keyboard.press('Enter');
      const epoch = () => page.evaluate(() => Number(document.querySelector('.figures dd')?.firstChild?.textContent?.replaceAll(',', '') ?? 0));
      await page.locator('.line.c0[d]').first().waitFor();
      await ask('DELETE', `api-keys/${short.id}`);
      await key(page).fill(service.key);
      const before = await epoch();
      await page.keyboard.press('Enter');
      await page.waitForFunction(least => Number(document.querySelector('.figures dd')?.firstChild?.textContent?.replaceAll(',', '')) > least, before);
      const drawn = await page.locator('.line.c0').first().getAttribute('d');
      await page.waitForFunction(was => document.querySelector('path.line.c0')?.getAttribute('d') !== was, drawn); // the stream has been opened again
      assert.equal(await page.getByRole('alert').count(), 0);
      await ask('POST', `training-jobs/${job.id}/cancel`);
      await close();
    });
  });
  await withService([], async (service, ask) => {
    await check('while the service is gone each view says so, and goes on', async () => {
      const { page, close } = await open({}, [GONE]);
      const gone = page.getByText('The service does not answer');
      const answer = page.getByText('The service did not answer.');
      const job = await ask('POST', 'training-jobs', { ...LONG, model: 'gone' });
      await page.goto(`${service.url}/#/playground`);
      await trainOn(page, 1_000_000);
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await page.getByText('The job in full').waitFor();
      await ask('POST', `training-jobs/${job.id}/cancel`);
      await page.waitForFunction(() => Number([...document.querySelectorAll('input[type=range]')].pop()?.max) >= 1, null, { timeout: 30_000 });
      let traces = 0;
      page.on('request', one => { traces += one.url().endsWith('/trace') ? 1 : 0; });
      await service.kill();
      await gone.waitFor();
      traces = 0;
      await page.evaluate(() => new Promise(resolve => { setTimeout(resolve, 2000); }));
      assert.ok(traces <= 3, `${traces} traces were asked for in two seconds`);
      await service.start();
      await gone.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByText('Trained.').waitFor({ timeout: 30_000 });

      for (const [view, there] of [['', 'Latest trainings'], ['train', 'A binary classification']]) {
        await page.goto(`${service.url}/#/${view}`);
        await page.getByText(there).first().waitFor();
        await service.kill();
        if (view === 'train') {
          await page.getByText('More settings').click();
          await page.getByLabel('Epochs').fill('7');
          await answer.waitFor();
        }
        if (!view) {
          await choose(page, csv('more.csv', 'a,b\n1,2\n2,3\n'));
          await answer.waitFor();
        }
        await gone.waitFor();
        await service.start();
        await gone.waitFor({ state: 'hidden' });
        if (view === 'train') await answer.waitFor({ state: 'detached' });
      }
      await page.getByText('A binary classification').waitFor();
      await close();
    });

    await check('the losses of a job are said to be of the epoch that they are of', async () => {
      const { page, close } = await open();
      const job = (epochs, patience) => ask('POST', 'training-jobs', { ...LONG, dataset: 'noise', epochs, optimizer: { type: 'adam', learningRate: 0.1 }, earlyStopping: { patience }, model: 'epochs' }, { Prefer: 'wait=60' });
      for (const [epochs, patience] of [[300, 0], [300, 5]]) {
        const one = await job(epochs, patience);
        assert.ok(one.bestEpoch < one.epoch, `${one.bestEpoch} of ${one.epoch}`);
        await page.goto(`${service.url}/#/jobs/${one.id}`);
        await page.getByText(patience ? 'early stopping, ' : 'completed, ').waitFor();
        assert.equal(await page.locator('.figures').first().getByText('at epoch').count(), patience ? 2 : 0);
      }
      await close();
    });

    await check('the focus stays at the buttons of a job, and each state is said', async () => {
      const { page, close } = await open();
      const job = await ask('POST', 'training-jobs', { ...LONG, model: 'paused' });
      await page.goto(`${service.url}/#/jobs/${job.id}`);
      const focused = () => page.evaluate(() => document.activeElement?.textContent);
      for (const [button, state] of [['Pause', 'paused'], ['Resume', 'running'], ['Pause', 'paused'], ['Cancel', 'cancelled']]) {
        await page.getByRole('button', { name: button, exact: true }).focus();
        await page.keyboard.press('Enter');
        await page.locator('.badge', { hasText: state }).waitFor();
        await page.waitForFunction(text => document.querySelector('#status')?.textContent === text, `The job is ${state}.`);
        // Not on the next button: Enter pressed twice on "Pause" would resume.
        assert.ok(await page.evaluate(() => document.activeElement?.localName === 'div' && document.activeElement.querySelector('button')), `after ${button} the focus is on ${await focused()}`);
      }
      await close();
    });

    await check('a study goes on being drawn with the focus in its leaderboard, and with its request open', async () => {
      const { page, close } = await open();
      const study = await ask('POST', 'studies', { kind: 'search', job: { ...LONG, epochs: 1000 }, search: { '/optimizer/learningRate': { logUniform: [1e-7, 1e-6] } }, trials: 5, keep: 'none' });
      await page.goto(`${service.url}/#/studies/${study.id}`);
      await page.getByText('The request behind this').click();
      await page.locator('tbody a').first().focus();
      await page.locator('tbody .badge', { hasText: 'succeeded' }).nth(4).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.localName), 'a');
      await page.getByText('Copy the curl line').waitFor();
      await close();
    });
  });

  await withService([], async (service, ask) => {
    await check('the glass box takes the row of the table and the learning rate that were typed', async () => {
      const { page, close } = await open({}, [/status of 400/]);
      const job = await ask('POST', 'training-jobs', { ...LONG, epochs: 2, model: 'box' }, { Prefer: 'wait=60' });
      assert.equal(job.state, 'succeeded');
      await page.goto(`${service.url}/#/models/box/1/glass`);
      const row = page.getByLabel('Row of the table');
      await page.getByText('0 to 239').waitFor();
      for (const [typed, at] of [['140', 140], ['9999', 239]]) {
        await row.fill(typed);
        await row.press('Tab');
        await page.waitForFunction(([x, y]) => document.querySelector('[aria-label=x]')?.value === x && document.querySelector('[aria-label=y]')?.value === y, points[at].split(','));
        assert.equal(await row.inputValue(), String(at));
      }
      const rate = page.getByLabel('Learning rate');
      for (const typed of ['0,5', 'abc', '0', '-1']) {
        await rate.fill('0.1');
        await rate.press('Tab');
        await page.locator('.field-problem').waitFor({ state: 'detached' });
        await rate.fill(typed);
        await rate.press('Tab');
        await page.locator('.field:has([data-pointer="/learningRate"]) .field-problem').waitFor();
      }
      await rate.fill('0.5');
      await rate.press('Tab');
      await page.locator('.field-problem').waitFor({ state: 'detached' });
      await page.getByLabel('x', { exact: true }).first().fill('abc');
      await page.keyboard.press('Tab');
      await page.locator('.field:has([aria-label=x]) .field-problem').waitFor();
      await close();
    });

    await check('the playground says what it waits for, refuses units, and leaves no job behind', async () => {
      const { page, close } = await open();
      await page.goto(`${service.url}/#/playground`);
      const train = page.getByRole('button', { name: 'Train', exact: true });
      for (const typed of ['100', 'eight', '2, 2, 2, 2, 2']) {
        await page.getByLabel('Hidden units').fill(typed);
        await train.click();
        await page.getByRole('alert').waitFor();
        await page.getByRole('button', { name: 'Other points' }).click();
        await page.getByRole('alert').waitFor({ state: 'detached' });
      }
      await page.getByLabel('Hidden units').fill('4');
      await page.getByLabel('Epochs').selectOption('30000');
      await train.click();
      await page.getByText('Training.').waitFor();
      const { items: [left] } = await ask('GET', 'training-jobs');
      await page.getByLabel('Circles').check();
      await page.getByText('Training.').waitFor({ state: 'detached' });
      await page.waitForFunction(async path => (await (await fetch(path)).json()).state === 'cancelled', `/api/v1/training-jobs/${left.id}`);

      const other = await ask('POST', 'training-jobs', { ...LONG, model: 'other' });
      await train.click();
      await page.getByText('Waiting for its turn').waitFor();
      await ask('POST', `training-jobs/${other.id}/cancel`);
      await page.getByText('Training.').waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByText('Trained.').waitFor();
      await page.getByRole('button', { name: 'Other points' }).click();
      await page.getByText('Trained.').waitFor({ state: 'detached' });
      await close();
    });

    await check('nothing is said to be copied where there is no clipboard', async () => {
      const { page, close } = await open();
      await page.addInitScript(() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }); });
      await page.goto(`${service.url}/#/train`);
      await page.getByText('The request behind this').click();
      await page.getByText('curl -X POST').waitFor();
      assert.equal(await page.getByRole('button', { name: /^Cop/ }).count(), 0);
      await close();
    });
  });

  await withService([], async (service, ask) => {
    const long = name => `${name}${'_of_a_measurement_without_blanks'.repeat(2)}`;
    const labels = Array.from({ length: 24 }, (_, i) => long(`label${i}`));
    const table = (name, text) => ask('POST', `datasets?name=${name}`, text, { 'Content-Type': 'text/csv' });
    const train = (dataset, more) => ask('POST', 'training-jobs', { dataset, epochs: 3, model: dataset, ...more }, { Prefer: 'wait=60' });
    const rows = (count, of) => Array.from({ length: count }, (_, i) => of(i)).join('\n');
    const head = `${long('first')},${long('second')},${long('category')},${long('target')}`;
    const row = (i, label) => `${i * 7 % 31},${(i * 13 % 47) / 10},${'long'.repeat(30)}${i % 3},${label}`;
    await table('long', `${head}\n${rows(240, i => row(i, labels[i % 3]))}\n`);
    await table('many', `${head}\n${rows(480, i => row(i, labels[i % 24]))}\n`);
    assert.equal((await train('long', { target: long('target') })).state, 'succeeded');
    assert.equal((await train('many', { target: long('target'), network: { layers: [{ type: 'dense', units: 3, activation: 'tanh' }, { type: 'dense', activation: 'softmax' }] } })).state, 'succeeded');

    await check('names without blanks stay in their places, and bars beside them', async () => {
      for (const [width, colorScheme] of [[360, 'light'], [768, 'dark'], [1280, 'light']]) {
        const { page, close } = await open({ viewport: { width, height: 900 }, colorScheme });
        for (const view of ['models/long', 'tables/long', 'train?table=long', 'models/many']) {
          await page.goto(`${service.url}/#/${view}`);
          await page.getByRole('heading', { name: view.startsWith('train') ? 'A multiclass' : view.split('/')[1], exact: !view.startsWith('train') }).first().waitFor();
          await page.locator('.answer, .grid, td select, .network').first().waitFor();
          if (view === 'models/long') {
            await page.getByRole('button', { name: 'Measure' }).click();
            await page.getByText('gets worse where a column is shuffled').waitFor();
          }
          if (view.startsWith('train')) await page.getByText('From which columns', { exact: true }).click();
          if (pictures) await page.screenshot({ path: join(pictures, `long-${view.replace(/\W/g, '-')}-${width}.png`), fullPage: true });
          assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('main label, main .meter span, main td, main tbody th, main .card')].filter(one => {
            const box = one.closest('.scroll') && !one.matches('.scroll') ? null : one.getBoundingClientRect();
            return box && (box.right > innerWidth || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && !one.matches('.scroll, .check'));
          }).map(one => one.outerHTML.slice(0, 120))), [], `${view}, ${width}`);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${view}, ${width}`);
          assert.ok(await page.evaluate(() => [...document.querySelectorAll('.meter .track')].every(one => one.clientWidth >= 72)), `bars of ${view}, ${width}`);
          assert.ok(await page.evaluate(() => [...document.querySelectorAll('.scroll')].every(one => [...one.querySelectorAll('tbody th, td:first-child, .rows th, td .nowrap')].every(cell => cell.clientWidth <= Math.max(320, one.clientWidth / 2)))), `first column of ${view}, ${width}`);
        }
        await close();
      }
    });

    await check('what is left out of many labels is said', async () => {
      const { page, close } = await open();
      await page.goto(`${service.url}/#/models/many`);
      await page.getByText('at most 20 labels are shown; here are 24.').waitFor();
      await page.getByText('Evaluate on a table').click();
      await page.getByRole('button', { name: 'Evaluate' }).click();
      await page.getByText('Drawn for the first 6 of 24').waitFor();
      await page.goto(`${service.url}/#/models/many/1/glass`);
      await page.locator('.figures dt', { hasText: 'Answer' }).first().waitFor();
      const [answers, truth] = await page.evaluate(() => [[...document.querySelectorAll('.figures div')].map(one => [one.querySelector('dt').textContent.replace('Answer: ', ''), Number(one.querySelector('dd').textContent.replace('−', '-').replace('e-', 'e-'))]).slice(0, -1), [...document.querySelectorAll('select')].pop().value]);
      const values = answers.slice(0, 6).map(one => one[1]);
      assert.deepEqual(values, [...values].sort((a, b) => b - a));
      assert.ok(answers.some(([name]) => name === truth), 'the true label is not among the answers');
      await close();
    });
  });

  await withService([], async (service, ask) => {
    await check('each bad line of a file is named, and files of all forms that the service reads are taken', async () => {
      const { page, close } = await open({}, [/status of 400/]);
      await page.goto(`${service.url}/#/tables`);
      await choose(page, csv('bad.csv', 'a,b\n1,2,3\n1,2\n1,2,4\n5\n'));
      for (const line of [2, 4, 5]) await page.getByRole('alert').getByText(`Line ${line} has`).waitFor();
      const rows = Array.from({ length: 20 }, (_, i) => ({ a: i, b: i % 3 }));
      const json = JSON.stringify({ rows });
      const files = { 'form.json': json, 'lines.ndjson': rows.map(row => JSON.stringify(row)).join('\n'), 'packed.json.gz': gzipSync(json), 'tabs.tsv': `a\tb\n${rows.map(row => `${row.a}\t${row.b}`).join('\n')}\n` };
      for (const [name, text] of Object.entries(files)) {
        await page.goto(`${service.url}/#/tables`);
        await page.getByRole('heading', { name: 'Tables' }).waitFor();
        await choose(page, csv(name, text));
        await page.getByRole('heading', { name: name.split('.')[0] }).waitFor();
        assert.deepEqual((await ask('GET', `datasets/${name.split('.')[0]}`)).columns.map(one => one.name), ['a', 'b'], name);
      }
      await page.goto(`${service.url}/#/tables/form`);
      await page.getByRole('heading', { name: 'form', exact: true }).waitFor();
      await page.getByLabel('Type of b').selectOption('category');
      await page.getByRole('button', { name: 'Read again so' }).click();
      await page.getByRole('heading', { name: 'form-2' }).waitFor();
      await close();
    });

    await check('a word keeps its blanks, a value may be missing, and rows of a file may have other columns', async () => {
      const { page, close } = await open({}, [/status of 400/]);
      const text = `kind,isNew,size,label\n${points.map((_, i) => `${[' red', 'blue', ''][i % 3]},${i % 2 === 0},${i % 17},${i % 17 > 8 ? 'yes' : 'no'}`).join('\n')}\n`;
      await ask('POST', 'datasets?name=kinds', text, { 'Content-Type': 'text/csv' });
      assert.equal((await ask('POST', 'training-jobs', { dataset: 'kinds', target: 'label', epochs: 3, model: 'kinds' }, { Prefer: 'wait=60' })).state, 'succeeded');
      await page.goto(`${service.url}/#/models/kinds`);
      const spelled = page.waitForRequest(one => one.url().includes('/predict') && one.postDataJSON().rows[0].kind === ' red'); // the blank belongs to the word
      await page.getByLabel('kind').selectOption(' red');
      await spelled;
      for (const column of ['kind', 'isNew']) {
        const asked = page.waitForRequest(one => one.url().includes('/predict') && one.postDataJSON().rows[0][column] === null);
        await page.getByLabel(column).selectOption('missing');
        await asked;
      }
      const size = page.locator('.meter').last().locator('.fill rect').first();
      assert.ok(Number(await size.getAttribute('width')) < 50, 'a small contribution fills its bar'); // three epochs have hardly learned
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Ask about a whole file' }).click()]);
      await chooser.setFiles(csv('others.csv', 'id,kind,isNew,size\n7,green,true,3\n'));
      await page.getByText('among your downloads').waitFor();
      await page.locator('.notice.warn', { hasText: 'green' }).waitFor();
      await close();
    });

    await check('a large validation part leaves rows to train on', async () => {
      const { page, close } = await open();
      await page.goto(`${service.url}/#/train?table=points`);
      await page.getByText('A binary classification').waitFor();
      await page.getByText('More settings').click();
      const test = page.getByLabel('Test part');
      const usual = await test.getAttribute('placeholder');
      for (const [part, left] of [['0.95', '0.025'], ['0.2', usual]]) {
        await page.getByLabel('Validation part').fill(part);
        await page.waitForFunction(([label, value]) => [...document.querySelectorAll('input')].find(one => one.labels?.[0]?.textContent === label)?.placeholder === value, ['Test part', left]);
        assert.ok(await page.getByRole('button', { name: 'Train', exact: true }).isEnabled());
      }
      await close();
    });

    await check('a job that has learned nothing says so', async () => {
      const { page, close } = await open();
      const job = await ask('POST', 'training-jobs', { ...LONG, dataset: 'noise', epochs: 30, earlyStopping: { patience: 5, minDelta: 10 }, model: 'nothing' }, { Prefer: 'wait=60' });
      assert.deepEqual([job.state, job.bestEpoch], ['succeeded', 0]);
      await page.goto(`${service.url}/#/jobs/${job.id}`);
      await page.getByText('It has learned nothing').waitFor();
      await page.getByText('Is label what you want to predict?').waitFor();
      await close();
    });
  });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
