import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { writeJson } from '../../runtime/files/jsonFile.ts';
import type { CardFile } from '../../runtime/hub/installed.ts';
import type { Plan, PlanSae } from './plan.ts';

const SAE_FILE = 'underglass.json';

/** Writes card.json (where it came from, what was checked) and, beside a SAE, what its release asks for. */
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
  if (plan.sae) await writeJson(join(folder, SAE_FILE), saeCard(plan, plan.sae));
}

/** The card that lies beside a model of this machine: whether BOS is prepended stands there. */
async function ownCard({ files }: Plan): Promise<JsonObject> {
  const config = files.find(({ path }) => path === 'config.json');
  if (config?.from.kind !== 'local') return {};
  try {
    const json: unknown = JSON.parse(await readFile(join(config.from.file, '..', 'card.json'), 'utf8'));
    return isJsonObject(json) ? json : {};
  } catch {
    return {};
  }
}

/** Null = as its own configuration says. */
function saeCard({ model }: Plan, sae: PlanSae): JsonObject {
  const { published, layout, weights, config, hook_name } = sae;
  return {
    version: 1,
    release: published?.release ?? null,
    sae: published?.name ?? null,
    id: sae.name,
    model,
    layout,
    weights,
    config,
    hook_name,
    neuronpedia_id: published?.neuronpedia ?? null,
    center: published?.preprocessing.center ?? false,
    scale: published?.preprocessing.scale ?? null,
    prepend_bos: published?.preprocessing.prepend_bos ?? null,
    context_size: published?.preprocessing.context_size ?? null,
    published: { l0: published?.l0 ?? null, explained_variance: published?.explained_variance ?? null },
  };
}
