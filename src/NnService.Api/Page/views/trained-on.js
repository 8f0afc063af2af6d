import { get } from '../core/api.js';

/**
 * The table that a model was trained on; null where it is gone, with a sentence: another one may have its name.
 * @param {import('../core/answers').Version} version @param {AbortSignal} signal
 * @returns {Promise<{table: import('../core/answers').Table | null, gone: string | null}>}
 */
export async function trainedOn({ lineage }, signal) {
  if (!lineage?.dataset) return { table: null, gone: null };
  const found = await get(`datasets/${lineage.dataset}`, {}, signal).catch(reason => {
    if (reason.status !== 404) throw reason;
    return null;
  });
  return found && found.sha256 === (lineage.datasetSha256 ?? found.sha256) ? { table: found, gone: null }
    : { table: null, gone: `The table ${lineage.dataset} that it was trained on is gone${found ? '; another one has its name' : ''}.` };
}
