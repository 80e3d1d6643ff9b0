import { join } from 'node:path';
import type { JsonObject } from '../../core/json.ts';
import { readJson, writeJson } from '../../runtime/files/jsonFile.ts';
import type { CardFile } from '../../runtime/hub/installed.ts';
import type { Plan } from './plan.ts';

/**
 * Writes card.json: where it came from, and what was checked. By its source a SAE is known again as one of a release,
 * whose table says how it is run.
 */
export async function writeCards(folder: string, plan: Plan, files: readonly CardFile[]): Promise<void> {
  const own = plan.kind === 'model' ? await ownCard(plan) : {};
  await writeJson(join(folder, 'card.json'), {
    ...own,
    name: plan.sae?.name ?? (plan.source === plan.id ? (own['name'] ?? plan.model) : plan.model),
    title: plan.title,
    source: plan.source,
    revision: plan.revision,
    licence: plan.licence,
    added: new Date().toISOString(),
    files,
  });
}

/** The card that lies beside a model of this machine: whether BOS is prepended stands there. */
async function ownCard({ files }: Plan): Promise<JsonObject> {
  const config = files.find(({ path }) => path === 'config.json');
  if (config?.from.kind !== 'local') return {};
  return (await readJson(join(config.from.file, '..', 'card.json'))) ?? {};
}
