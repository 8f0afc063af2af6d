// Uses the page as a person does, in Chromium: node browser.js <dll> <folder for pictures>
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Service } from './service.js';

const [dll, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'nnservice-page-'));
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
mkdirSync(pictures, { recursive: true });
const service = await new Service(dll, join(folder, 'data')).start();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

/** A window whose errors, and breaches of the policy, which Chromium reports in the console, fail the test unless they are expected. */
async function open(options = {}, expected = []) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const errors = [];
  page.on('console', message => { if (message.type() === 'error' && !expected.some(one => one.test(message.text()))) errors.push(`${message.text()} ${message.location().url}`); });
  page.on('pageerror', error => errors.push(error.stack));
  return { page, async close() { await context.close(); assert.deepEqual(errors, []); } };
}

/** A study that was made on the way. */
let study = '';

async function check(name, run) {
  const start = performance.now();
  await run();
  console.log(`page: ${name} (${Math.round(performance.now() - start)} ms)`);
}

const csv = join(folder, 'Flowers.csv');
writeFileSync(csv, `sepal,petal,colour,species\n${Array.from({ length: 240 }, (_, i) => {
  const [sepal, petal] = [3 + (i * 37 % 100) / 25, 1 + (i * 61 % 100) / 25];
  return `${sepal.toFixed(2)},${petal.toFixed(2)},${['red', 'blue', 'green'][i % 3]},${sepal + petal < 6.5 ? 'setosa' : petal > 3 ? 'virginica' : 'versicolor'}`;
}).join('\n')}\n`);
const broken = join(folder, 'broken.csv');
writeFileSync(broken, 'a,b\n1,2\n3,"4\n');

async function choose(page, file) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a file' }).click()]);
  await chooser.setFiles(file);
}

try {
  await check('a table becomes a model that is asked, by mouse', async () => {
    const { page, close } = await open();
    await page.goto(service.url);
    await choose(page, csv);
    await page.getByRole('link', { name: 'Train on it' }).click();
    await page.getByLabel('Predict').selectOption('species');
    await page.getByText('A multiclass classification').waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('link', { name: 'Ask the model' }).click();
    const answer = page.locator('.answer');
    await answer.waitFor();
    const before = await answer.textContent();
    await page.getByRole('slider').first().fill('3');
    await page.getByRole('slider').nth(1).fill('1');
    await page.waitForFunction(text => document.querySelector('.answer')?.textContent !== text, before);
    assert.equal(await answer.textContent(), 'setosa');
    await close();
  });

  await check('the same by keyboard alone', async () => {
    const { page, close } = await open();
    const go = async (role, name) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(text => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent)?.trim() === text, name)) return page.keyboard.press('Enter');
      }
      throw new Error(`Tab does not lead to "${name}".`);
    };
    await page.goto(service.url);
    await page.getByText('Bring a table').waitFor();
    await go('link', 'Train');
    await page.getByText('A multiclass classification').waitFor();
    await go('button', 'Train');
    await page.getByRole('link', { name: 'Ask the model' }).waitFor();
    await go('link', 'Ask the model');
    await page.locator('.answer').waitFor();
    await close();
  });

  await check('a broken file is refused in the service’s own words', async () => {
    const { page, close } = await open({}, [/status of 400/]);
    await page.goto(`${service.url}/#/tables`);
    await choose(page, broken);
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').textContent(), /[Ll]ine 3/);
    await close();
  });

  await check('a wrong setting is named beside its field', async () => {
    const { page, close } = await open({}, [/status of 400/]);
    await page.goto(`${service.url}/#/train`);
    await page.getByText('More settings').click();
    await page.getByLabel('Learning rate').fill('-1');
    const problem = page.locator('.field:has([data-pointer="/optimizer/learningRate"]) .field-problem');
    await problem.waitFor();
    assert.equal(await problem.textContent(), 'learningRate is -1; it must be greater than 0.');
    assert.ok(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled());
    await close();
  });

  await check('the curve goes on by itself after kill -9 and a new start', async () => {
    const { page, close } = await open({}, [/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_SOCKET/]);
    await page.goto(`${service.url}/#/train`);
    await page.getByText('More settings').click();
    await page.getByLabel('Epochs').fill('100000');
    await page.getByLabel('Validation part').fill('0'); // no early stopping
    await page.getByText('100,000').waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const epoch = () => page.evaluate(() => Number(document.querySelector('.figures dd')?.firstChild?.textContent?.replaceAll(',', '') ?? 0));
    const beyond = least => page.waitForFunction(n => Number(document.querySelector('.figures dd')?.firstChild?.textContent?.replaceAll(',', '') ?? 0) > n, least, { timeout: 60_000 });
    await page.getByText('running').first().waitFor();
    await page.waitForFunction(() => performance.now() > 0 && document.querySelector('.line.c0[d]'));
    const started = await epoch();
    await beyond(started + 200);
    await service.kill();
    await page.getByText('The service does not answer').waitFor();
    const at = await epoch();
    await service.start();
    await page.getByText('The service does not answer').waitFor({ state: 'hidden' });
    await beyond(at);
    await page.getByText('went on after a restart').waitFor();
    const xs = await page.evaluate(() => [...(document.querySelector('path.line.c0')?.getAttribute('d') ?? '').matchAll(/[ML]([\d.]+) /g)].map(found => Number(found[1])));
    assert.ok(xs.length > 20, `${xs.length} points`);
    assert.ok(xs.every((x, i) => i === 0 || x >= xs[i - 1]), 'the curve runs back');
    assert.ok(xs.every((x, i) => i === 0 || x - xs[i - 1] < 60), 'the curve has a gap');
    await page.screenshot({ path: join(pictures, 'killed.png'), fullPage: true });
    await page.getByRole('button', { name: 'Stop, keep the best' }).click();
    await page.getByRole('link', { name: 'Ask the model' }).waitFor();
    await close();
  });

  await check('the playground, its glass box, a comparison', async () => {
    const { page, close } = await open();
    await page.goto(`${service.url}/#/playground`);
    await page.getByLabel('Circles').check();
    await page.getByLabel('Epochs').selectOption('200');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText('Trained.').waitFor();
    await page.getByRole('link', { name: 'Look inside' }).click();
    await page.getByRole('button', { name: /^Weight from/ }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByText('One step of gradient descent').waitFor();
    await page.goto(`${service.url}/#/jobs`);
    await page.getByRole('checkbox').nth(0).check();
    await page.getByRole('checkbox').nth(1).check();
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByRole('heading', { name: 'What differs' }).waitFor();
    await page.goto(`${service.url}/#/train?table=flowers`);
    await page.getByText('A multiclass classification').waitFor();
    await page.getByRole('button', { name: 'Cross-validate' }).click();
    await page.getByRole('heading', { name: 'Leaderboard' }).waitFor();
    await page.getByText('Over the folds').waitFor();
    await page.screenshot({ path: join(pictures, 'folds.png'), fullPage: true });
    const search = await page.request.post(`${service.url}/api/v1/studies`, { data: { kind: 'search', job: { dataset: 'flowers', target: 'species', epochs: 20 }, search: { '/optimizer/learningRate': { logUniform: [1e-4, 1e-1] }, '/batchSize': { choice: [16, 64] } }, trials: 8 } });
    assert.equal(search.status(), 202);
    study = (await search.json()).id;
    await page.goto(`${service.url}/#/studies/${study}`);
    await page.getByText('Settings and what came of them').waitFor();
    await page.getByRole('link', { name: 'Ask the model' }).waitFor();
    await close();
  });

  const views = { home: '', studies: 'studies', study: `studies/${study}`, tables: 'tables', table: 'tables/flowers', train: 'train', jobs: 'jobs', job: 'jobs/latest', models: 'models', model: 'models/flowers?version=1', glass: 'models/playground/1/glass', playground: 'playground', lessons: 'lessons',
    ...Object.fromEntries(['neuron', 'feed-forward', 'loss', 'derivative', 'training', 'softmax', 'deeper'].map(one => [`lesson-${one}`, `lessons/${one}`])) };
  const looks = { light: {}, dark: { colorScheme: 'dark' }, phone: { viewport: { width: 380, height: 800 }, isMobile: true, hasTouch: true } };
  for (const [look, options] of Object.entries(looks)) {
    await check(`every view without a fault that axe finds, ${look}`, async () => {
      const { page, close } = await open({ ...options, reducedMotion: 'reduce', bypassCSP: true }); // axe is put into the page; the others keep the policy
      for (const [name, hash] of Object.entries(views)) {
        await page.goto('about:blank');
        await page.goto(`${service.url}/#/${hash}`);
        await page.locator('main h1').waitFor();
        await page.waitForFunction(() => !document.querySelector('main')?.textContent?.includes('Computing …'));
        await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: true });
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${name}, ${look}: wider than the window`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(violations.map(one => `${name}, ${look}: ${one.id}: ${one.nodes[0].html.slice(0, 200)}`), []);
      }
      await close();
    });
  }

  await check('the numbers of the tutorials', async () => {
    const { page, close } = await open();
    for (const [name, text] of Object.entries({ neuron: '0.999089', 'feed-forward': '0.721633', loss: '0.5', derivative: '0.0214695' })) {
      await page.goto(`${service.url}/#/lessons/${name}`);
      await page.getByText(text, { exact: false }).first().waitFor();
    }
    await close();
  });

  await check('the key is asked for where one is needed, and kept for the tab', async () => {
    const locked = await new Service(dll, join(folder, 'locked'), ['--Access:RequireKey=true']).start();
    try {
      const { page, close } = await open({ httpCredentials: { username: 'any', password: locked.key } }, [/status of 401/]);
      await page.goto(locked.url);
      await page.getByLabel('Key').fill(locked.key);
      await page.getByRole('button', { name: 'Use this key' }).click();
      await page.getByText('Bring a table').waitFor();
      await choose(page, csv);
      await page.getByRole('heading', { name: 'flowers' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'flowers' }).waitFor();
      await close();
    } finally {
      await locked.kill();
    }
  });
} finally {
  await browser.close();
  await service.kill();
  rmSync(folder, { recursive: true, force: true });
}
