// Uses the page as a person does, in Chromium: node browser.js <dll> <folder for pictures>
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from './service.js';
import { browser, check, choose, open, trainOn } from './window.js';

const [dll, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'nnservice-page-'));
mkdirSync(pictures, { recursive: true });
const service = await new Service(dll, join(folder, 'data')).start();

// What was made on the way.
let [study, folds, compared] = ['', '', ''];

const csv = join(folder, 'Flowers.csv');
writeFileSync(csv, `sepal,petal,colour,species\n${Array.from({ length: 240 }, (_, i) => {
  const [sepal, petal] = [3 + (i * 37 % 100) / 25, 1 + (i * 61 % 100) / 25];
  return `${sepal.toFixed(2)},${petal.toFixed(2)},${['red', 'blue', 'green'][i % 3]},${sepal + petal < 6.5 ? 'setosa' : petal > 3 ? 'virginica' : 'versicolor'}`;
}).join('\n')}\n`);
const german = join(folder, 'Deutsch.csv');
writeFileSync(german, `farbe;gewicht;preis\n${Array.from({ length: 160 }, (_, i) => `f${i % 16};${i * 7 % 40},${1 + i % 9};${i * 3 % 50},5`).join('\n')}\n`);
const broken = join(folder, 'broken.csv');
writeFileSync(broken, 'a,b\n1,2\n3,"4\n');

// A table of somebody's own: a date, categories, missing cells, and an answer that is rare.
const customers = join(folder, 'Customers 2026.csv');
writeFileSync(customers, `signup,plan,age,visits,churned\n${Array.from({ length: 400 }, (_, i) => {
  const [plan, visits] = [['free', 'pro', 'team'][i % 3], i * 37 % 60];
  return `2025-${String(1 + i * 7 % 12).padStart(2, '0')}-${String(1 + i * 5 % 28).padStart(2, '0')},${i % 31 === 0 ? '' : plan},${i % 13 === 0 ? '' : 18 + i * 11 % 50},${visits},${plan === 'free' && visits < 27 ? 'yes' : 'no'}`;
}).join('\n')}\n`);

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

  await check('a table with dates, missing cells and a rare answer', async () => {
    const { page, close } = await open();
    await page.goto(service.url);
    await choose(page, customers);
    await page.getByText('Dates: learned as').waitFor();
    await page.getByRole('link', { name: 'Train on it' }).click();
    await page.getByText('A binary classification').waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('link', { name: 'Ask the model' }).click();
    await page.locator('.answer').waitFor();
    assert.equal(await page.getByLabel('signup').getAttribute('type'), 'date');
    await page.getByText('By label').waitFor();
    await page.getByLabel('signup').fill('2025-11-30');
    await page.getByLabel('plan').selectOption('free');
    await page.getByRole('slider', { name: /^visits/ }).fill('3');
    await page.waitForFunction(() => document.querySelector('.answer')?.textContent === 'yes');
    await page.getByText('Evaluate on a table').click();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('heading', { name: 'ROC' }).waitFor();
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.getByText('gets worse where a column is shuffled').waitFor();
    await page.screenshot({ path: join(pictures, 'evaluated.png'), fullPage: true });
    await page.getByRole('link', { name: 'Train a small one' }).click();
    await page.getByLabel('Layer 1: units').waitFor();
    const job = await page.request.post(`${service.url}/api/v1/training-jobs`, { headers: { Prefer: 'wait=60' }, data: { dataset: 'customers-2026', target: 'visits', task: 'regression', epochs: 20, model: 'visits' } });
    assert.equal((await job.json()).state, 'succeeded');
    await page.goto(`${service.url}/#/models/visits`);
    await page.getByText('Nine times in ten').waitFor();
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

  await check('a table with decimal commas is read, and asked about', async () => {
    const { page, close } = await open({}, [/status of 400/]);
    await page.goto(`${service.url}/#/tables`);
    await choose(page, german);
    await page.getByLabel('Type of gewicht').waitFor();
    assert.notEqual(await page.getByLabel('Type of gewicht').inputValue(), 'number');
    await page.getByText('Reading the file', { exact: true }).click();
    await page.getByLabel('Decimal sign').selectOption(',');
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByRole('heading', { name: 'deutsch-2' }).waitFor();
    assert.equal(await page.getByLabel('Type of gewicht').inputValue(), 'number');
    assert.equal(await page.getByLabel('Decimal sign').inputValue(), ',');
    await page.screenshot({ path: join(pictures, 'decimal.png'), fullPage: true });
    const job = await page.request.post(`${service.url}/api/v1/training-jobs`, { headers: { Prefer: 'wait=60' }, data: { dataset: 'deutsch-2', target: 'preis', network: { layers: [{ type: 'dense', units: 3, activation: 'tanh' }, { type: 'dense', activation: 'linear' }] }, epochs: 20, model: 'preis' } });
    assert.equal((await job.json()).state, 'succeeded');
    await page.goto(`${service.url}/#/models/preis`);
    await page.locator('.answer').waitFor(); // the table's view has the same choice
    const sign = page.getByLabel('Decimal sign');
    assert.equal(await sign.inputValue(), ''); // as in training
    await page.getByText('Reading the file').click();
    const ask = async () => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Ask about a whole file' }).click()]);
      await chooser.setFiles(german);
    };
    await sign.selectOption('.');
    await ask();
    await page.getByRole('alert').waitFor();
    await page.screenshot({ path: join(pictures, 'decimal-refused.png'), fullPage: true });
    await sign.selectOption('');
    await ask();
    await page.getByText('among your downloads').waitFor();
    await close();
  });

  await check('all inputs of a small network are drawn and named, and known categories offered', async () => {
    const { page, close } = await open();
    await page.goto(`${service.url}/#/models/preis/1/glass`);
    await page.locator('.network .node').first().waitFor();
    assert.equal(await page.locator('.network .beside').count(), 17);
    assert.ok(await page.evaluate(() => [...document.querySelectorAll('.network .beside')].every(one => /** @type {SVGGraphicsElement} */ (one).getBBox().x >= 0)));
    await page.getByRole('button', { name: /^Neuron/ }).first().click();
    await page.getByText(/\(farbe.*f3\)/).first().waitFor();
    await page.getByLabel('farbe', { exact: true }).selectOption('f3');
    await page.waitForFunction(() => document.querySelector('.network .beside')?.textContent);
    await page.screenshot({ path: join(pictures, 'glass-all.png'), fullPage: true });
    await page.goto(`${service.url}/#/models/preis`);
    await page.getByRole('button', { name: 'Train it again' }).click();
    await page.getByText('The same bits came out.').waitFor({ timeout: 60_000 });
    await page.goto(service.url);
    await page.getByRole('link', { name: 'preis of deutsch-2, verification' }).click();
    await page.getByRole('heading', { name: 'verification' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Ask the model' }).count(), 0);
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

  await check('the playground moves while it trains, and goes back', async () => {
    const { page, close } = await open();
    await page.goto(`${service.url}/#/playground`);
    await page.getByLabel('Circles').check();
    const surface = () => page.evaluate(() => document.querySelector('canvas')?.toDataURL());
    const before = await surface();
    await trainOn(page, 200_000);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const slider = page.getByRole('slider', { name: /^Epoch/ });
    await page.waitForFunction(() => Number([...document.querySelectorAll('input[type=range]')].pop()?.max) >= 4, null, { timeout: 60_000 }); // and not at its end
    assert.ok(await page.getByText('Training.').isVisible());
    assert.notEqual(await surface(), before);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText('Trained.').waitFor({ timeout: 120_000 });
    const after = await surface();
    await page.screenshot({ path: join(pictures, 'playground-trained.png'), fullPage: true });
    await slider.fill('0');
    assert.notEqual(await surface(), after);
    await slider.fill(await slider.getAttribute('max'));
    assert.equal(await surface(), after);
    await page.getByRole('link', { name: 'Look inside' }).click();
    await page.getByRole('button', { name: /^Weight from/ }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByText('One step of gradient descent').waitFor();
    const answer = page.locator('.figures dd').first();
    const last = await answer.textContent();
    await page.getByRole('slider', { name: /^Epoch/ }).focus();
    await page.keyboard.press('Home');
    assert.notEqual(await answer.textContent(), last);
    await page.screenshot({ path: join(pictures, 'glass-earlier.png'), fullPage: true });
    await page.getByLabel('x', { exact: true }).last().fill('0.5');
    await page.keyboard.press('Tab');
    await page.getByText('Earlier epochs were kept for another row.').waitFor();
    await page.getByRole('button', { name: 'Show that row' }).click();
    await page.getByText('Epochs are kept in this page').waitFor();
    await close();
  });

  await check('the inside of a job under way', async () => {
    const { page, close } = await open();
    const dense = (units, activation) => ({ type: 'dense', units, activation });
    const job = await page.request.post(`${service.url}/api/v1/training-jobs`, { data: { dataset: 'flowers', target: 'species', network: { layers: [dense(4, 'tanh'), dense(3, 'softmax')] }, optimizer: { type: 'sgd', learningRate: 1e-5 }, epochs: 1_000_000, split: { train: 1, validation: 0, test: 0 }, model: 'inside' } });
    const { id } = await job.json();
    await page.goto(`${service.url}/#/jobs/${id}`);
    await page.getByRole('link', { name: 'Look inside' }).click();
    await page.waitForFunction(() => Number([...document.querySelectorAll('input[type=range]')].pop()?.max) >= 3, null, { timeout: 60_000 });
    await page.getByRole('slider', { name: /^Epoch/ }).fill('0');
    await page.getByText(/^Epoch [\d.,]+ of /).waitFor();
    await page.screenshot({ path: join(pictures, 'glass-job.png'), fullPage: true });
    await page.request.post(`${service.url}/api/v1/training-jobs/${id}/stop`);
    await page.getByRole('link', { name: 'Inside the model' }).click();
    await page.getByRole('heading', { name: 'Inside inside' }).waitFor();
    await close();
  });

  await check('studies by form, their leaderboard and folds, and a comparison', async () => {
    const { page, close } = await open({}, [/status of 400/]);
    await page.goto(`${service.url}/#/train?table=flowers`);
    await page.getByText('A multiclass classification').waitFor();
    await page.getByRole('button', { name: 'Search or cross-validate' }).click();
    await page.getByRole('heading', { name: '20 trainings' }).waitFor();
    await page.getByLabel('Trials').fill('6');
    await page.getByLabel('Epochs').fill('20');
    const range = page.getByLabel('Learning rate: range');
    await range.fill('0, 0.1');
    const problem = page.locator('.field:has([data-pointer="/search/~1optimizer~1learningRate"]) .field-problem');
    await problem.waitFor();
    assert.match(await problem.textContent(), /logUniform/);
    assert.ok(await page.getByRole('button', { name: 'Start the study' }).isDisabled());
    await range.fill('0.0001, 0.1');
    await page.getByRole('heading', { name: '6 trainings' }).waitFor();
    await page.getByRole('button', { name: 'Start the study' }).click();
    await page.getByText('Settings and what came of them').waitFor();
    await page.getByRole('link', { name: 'Ask the model' }).waitFor();
    study = page.url().split('/').pop();
    for (const [kind, heading] of [['successiveHalving', 'Leaderboard'], ['crossValidation', 'Over the folds']]) {
      await page.goto(`${service.url}/#/studies/new?kind=${kind}&table=flowers`);
      await page.getByLabel('Epochs', { exact: true }).fill('20');
      await page.getByRole('heading', { name: /trainings$/ }).waitFor();
      await page.getByRole('button', { name: 'Start the study' }).click();
      await page.getByRole('heading', { name: heading }).waitFor();
      await page.getByRole('link', { name: 'Ask the model' }).waitFor();
      folds = page.url().split('/').pop();
    }
    await page.goto(`${service.url}/#/jobs`);
    await page.getByRole('checkbox').nth(0).check();
    await page.getByRole('checkbox').nth(1).check();
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByRole('heading', { name: 'What differs' }).waitFor();
    compared = page.url().split('#/')[1];
    await close();
  });

  await check('what waits, ends without a model, was deleted or is refused is said, and no more is asked', async () => {
    const { page, close } = await open({}, [/status of (404|409)/]);
    const api = `${service.url}/api/v1`;
    const refuse = detail => route => route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ detail }) });
    const isAsked = () => page.waitForRequest(/api\/v1/, { timeout: 2500 }).then(() => true, () => false);
    const isQuiet = async () => { for (let asked = 0; await isAsked();) assert.ok(++asked < 20, 'It asks for ever.'); };
    const dense = (units, activation) => ({ type: 'dense', units, activation });
    const job = await page.request.post(`${api}/training-jobs`, { data: { dataset: 'flowers', target: 'species', network: { layers: [dense(2, 'tanh'), dense(3, 'softmax')] }, optimizer: { type: 'sgd', learningRate: 1e-5 }, epochs: 1_000_000, split: { train: 1, validation: 0, test: 0 }, model: 'waiting' } });
    const { id } = await job.json();
    await page.route('**/trace', refuse('The job has not begun.'), { times: 1 });
    await page.goto(`${service.url}/#/jobs/${id}/glass`);
    await page.locator('.network .node').first().waitFor();
    await page.request.post(`${api}/training-jobs/${id}/cancel`);
    await page.getByText('The job has ended without a model').waitFor();
    await isQuiet();
    await page.goto(`${service.url}/#/jobs/${id}`);
    await page.route('**/training-jobs/*', refuse('It is a trial of a study.'), { times: 1 });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('It is a trial of a study.').waitFor();

    const search = await page.request.post(`${api}/studies`, { data: { kind: 'search', job: { dataset: 'flowers', target: 'species', epochs: 1_000_000 }, search: { '/optimizer/learningRate': { logUniform: [1e-7, 1e-6] } }, trials: 2, keep: 'none' } });
    assert.equal(search.status(), 202, await search.text());
    const made = await search.json();
    await page.goto(`${service.url}/#/studies/${made.id}`);
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.route(`**/studies/${made.id}`, route => route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"detail":"There is no such study."}' }));
    await page.getByText('There is no such study.').waitFor();
    await isQuiet();
    await page.request.post(`${api}/studies/${made.id}/cancel`);

    await page.request.post(`${api}/models`, { data: { name: 'emptied', network: { layers: [{ type: 'dense', weights: [[1]], bias: [0] }] } } });
    await page.request.delete(`${api}/models/emptied/versions/1`);
    await page.goto(`${service.url}/#/models/emptied`);
    await page.getByText('All its versions have been deleted').waitFor();

    await page.request.post(`${api}/datasets?name=more-flowers`, { headers: { 'Content-Type': 'text/csv' }, data: readFileSync(csv) });
    await page.route('**/datasets?limit=500', async route => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { items: (await answer.json()).items.filter(one => one.name !== 'flowers'), nextCursor: null } });
    });
    await page.goto(`${service.url}/#/train?table=flowers`);
    await page.getByText('A multiclass classification').waitFor();
    assert.equal(await page.getByLabel('Table').inputValue(), 'flowers');
    await page.goto('about:blank');
    await page.goto(`${service.url}/#main`);
    await page.getByText('Bring a table').waitFor();
    await close();
  });

  const views = { home: '', studies: 'studies', study: `studies/${study}`, folds: `studies/${folds}`, 'study-new': 'studies/new?table=flowers', compare: compared, customers: 'models/customers-2026', tables: 'tables', table: 'tables/flowers', train: 'train', jobs: 'jobs', job: 'jobs/latest', models: 'models', model: 'models/flowers?version=1', glass: 'models/playground/1/glass', playground: 'playground', lessons: 'lessons',
    ...Object.fromEntries(['neuron', 'feed-forward', 'loss', 'derivative', 'training', 'softmax', 'deeper'].map(one => [`lesson-${one}`, `lessons/${one}`])) };
  const looks = { light: {}, dark: { colorScheme: 'dark' }, phone: { viewport: { width: 380, height: 800 }, isMobile: true, hasTouch: true } };
  for (const [look, options] of Object.entries(looks)) {
    await check(`every view without a fault that axe finds, ${look}`, async () => {
      const { page, close } = await open({ ...options, reducedMotion: 'reduce', bypassCSP: true }, [/status of 404/]); // a lesson asks for its model before it makes it; axe is put into the page; the others keep the policy
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
    const { page, close } = await open({}, [/status of 404/]);
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
      await page.getByLabel('Key', { exact: true }).fill(locked.key);
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
