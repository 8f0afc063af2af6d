// Chromium, and what the checks share.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const browser = await chromium.launch({ executablePath: ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync), args: ['--no-sandbox'] });

/** A window whose errors, and breaches of the policy, which Chromium reports in the console, fail the test unless they are expected. */
export async function open(options = {}, expected = []) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const errors = [];
  page.on('console', message => { if (message.type() === 'error' && !expected.some(one => one.test(message.text()))) errors.push(`${message.text()} ${message.location().url}`); });
  page.on('pageerror', error => errors.push(error.stack));
  return { page, async close() { await context.close(); assert.deepEqual(errors, []); } };
}

export async function check(name, run) {
  const start = performance.now();
  const more = await run();
  console.log(`page: ${name} (${more ?? `${Math.round(performance.now() - start)} ms`})`);
}

export async function choose(page, file) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a file' }).click()]);
  await chooser.setFiles(file);
}

/** The playground's next trainings last until somebody stops them, however fast the machine. */
export const trainOn = (page, epochs) => page.route('**/api/v1/training-jobs', route => (route.request().method() === 'POST'
  ? route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), epochs }) }) : route.continue()));
