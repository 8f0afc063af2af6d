import { h, put } from '../../core/dom.js';
import { figures, heading, link, linkButton, mainLink, refusal, request } from '../../core/parts.js';
import { networkDiagram } from '../../charts/network.js';
import { GlassBox, subjectOf } from '../glass/glass.js';
import { Workbench } from './workbench.js';
import { LESSONS } from './lesson-texts.js';

/** @param {import('../../core/router.js').Visit} visit */
export function lessons({ title }) {
  title('Lessons');
  return h('div.stack', heading('Lessons', 'The steps of the classic tutorials. The service computes each number as you read, and the request stands beside it.'),
    h('div.cards', LESSONS.map((one, i) => h('a.card', { href: `#/lessons/${one.id}` }, h('span.tiny.muted', `Lesson ${i + 1}`), h('h2', one.title), h('p.muted', one.teaser)))));
}

/** @param {import('../../core/router.js').Visit} visit */
export async function lesson({ params: [id], signal, title }) {
  const at = LESSONS.findIndex(one => one.id === id);
  const one = LESSONS[at];
  if (!one) return h('section.stack', h('h1', 'There is no such lesson'), h('p', link('#/lessons', 'All lessons')));
  title(one.title);
  const work = h('div.stack', h('p.muted', 'Computing …'));
  compute(one, work, signal);
  const [before, after] = [LESSONS[at - 1], LESSONS[at + 1]];
  return h('div.stack', {},
    heading(one.title, link('#/lessons', `Lesson ${at + 1} of ${LESSONS.length}`)),
    h('div.prose', one.text.map(text => h('p', text)), one.formula ? h('pre.formula', { tabindex: 0 }, one.formula) : null),
    work,
    h('nav.row.between', { 'aria-label': 'Lessons' }, before ? linkButton(`#/lessons/${before.id}`, `← ${before.title}`) : h('span'), after ? mainLink(`#/lessons/${after.id}`, `${after.title} →`) : mainLink('#/playground', 'To the playground →')));
}

/** @param {import('./lesson-texts.js').Lesson} one @param {Element} work @param {AbortSignal} signal */
async function compute(one, work, signal) {
  try {
    const bench = new Workbench(signal);
    const found = await one.compute(bench);
    if (signal.aborted) return;
    const box = found.glass ? new GlassBox(`models/${found.glass.version.name}`, { ...subjectOf(found.glass.version), job: null }, null, signal) : null;
    if (box && found.glass) {
      found.glass.row.forEach((value, i) => { box.inputs[i].value = String(value); });
      box.target.value = String(found.glass.target);
      box.chosen = found.glass.chosen ?? null;
      await box.trace();
    }
    put(work,
      found.sizes ? h('div.card', networkDiagram(found.sizes)) : null,
      found.figures.length ? h('div.card.stack', h('h2', 'What the service says'), figures(found.figures), found.note ? h('p.muted', found.note) : null) : null,
      found.chart ?? null, box?.element ?? null,
      h('div.card.stack', bench.requests.map(asked => request(asked.method, asked.path, asked.json, `${asked.method} ${asked.path}`))));
  } catch (reason) {
    if (!signal.aborted) put(work, refusal(reason));
  }
}
