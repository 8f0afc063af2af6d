import { isThere, keepKey, whenKeyIsNeeded, whenUnreachable } from './core/api.js';
import { announce, h, newId } from './core/dom.js';
import { ago } from './core/format.js';
import { start } from './core/router.js';
import { home } from './views/home.js';
import { tables } from './views/tables.js';
import { table } from './views/table.js';
import { train } from './views/train.js';
import { jobs } from './views/jobs.js';
import { job } from './views/job.js';
import { compare } from './views/compare.js';
import { models } from './views/models.js';
import { model } from './views/model.js';
import { glass, jobGlass } from './views/glass/glass.js';
import { playground } from './views/playground.js';
import { studies, study } from './views/studies.js';
import { studyForm } from './views/study-form.js';
import { lesson, lessons } from './views/lessons/lessons.js';

/** @type {Promise<boolean> | null} the question that is on the screen: several requests may be refused at once */
let asking = null;

/** For who gave no key: he is not asked again. */
const later = h('button', { hidden: true, onclick: async () => {
  later.hidden = await ask('Some of what this page shows needs one.');
  if (later.hidden) dispatchEvent(new Event('hashchange')); // the view is made anew
} }, 'Give a key');
document.querySelector('header')?.append(later);

whenKeyIsNeeded(async problem => {
  if (!later.hidden) return false;
  const isGiven = await (asking ??= ask(problem.message).finally(() => { asking = null; }));
  later.hidden = isGiven;
  return isGiven;
});

const gone = h('p.notice.warn', { hidden: true }, 'The service does not answer. The page goes on when it is back.');
document.getElementById('notes')?.append(gone);
/** @type {Promise<void> | null} */
let waiting = null;

whenUnreachable(() => waiting ??= askAgain().finally(() => { waiting = null; }));

async function askAgain() {
  gone.hidden = false;
  announce('The service is gone.');
  do await new Promise(resolve => { setTimeout(resolve, 1000); });
  while (!await isThere());
  gone.hidden = true;
  announce('The service is back.');
}

setInterval(() => {
  for (const one of document.querySelectorAll('[data-since]')) one.textContent = ago(one.getAttribute('data-since'));
}, 5000);

/** @param {string} reason @returns {Promise<boolean>} */
function ask(reason) {
  return new Promise(resolve => {
    const [title, note] = [newId('key'), newId('key')];
    const input = h('input', { type: 'password', id: newId('key'), autocomplete: 'off', required: true, placeholder: 'nn_…', 'aria-describedby': note });
    const dialog = h('dialog', { 'aria-labelledby': title, onclose: () => {
      const key = dialog.returnValue === 'yes' ? input.value.trim() : '';
      if (key) keepKey(key);
      dialog.remove();
      resolve(Boolean(key));
    } }, h('form.stack', { method: 'dialog' },
      h('h2', { id: title }, 'This service needs a key'),
      h('p.muted', { id: note }, reason),
      h('div.field', h('label', { for: input.id }, 'Key'), input, h('span.hint', 'Kept in this tab until it is closed.')),
      h('div.row.end', h('button', { onclick: () => dialog.close() }, 'Not now'), h('button.primary', { type: 'submit', value: 'yes' }, 'Use this key'))));
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
  });
}

start([
  [/^\/$/, home],
  [/^\/tables$/, tables],
  [/^\/tables\/([^/]+)$/, table],
  [/^\/train$/, train],
  [/^\/jobs$/, jobs],
  [/^\/jobs\/([^/]+)$/, job],
  [/^\/jobs\/([^/]+)\/glass$/, jobGlass],
  [/^\/compare$/, compare],
  [/^\/studies$/, studies],
  [/^\/studies\/new$/, studyForm],
  [/^\/studies\/([^/]+)$/, study],
  [/^\/models$/, models],
  [/^\/models\/([^/]+)$/, model],
  [/^\/models\/([^/]+)\/([^/]+)\/glass$/, glass],
  [/^\/playground$/, playground],
  [/^\/lessons$/, lessons],
  [/^\/lessons\/([^/]+)$/, lesson],
]);
