import { isNeuronpedia } from '../../core/explain/formats/neuronpedia.ts';
import { exportSet } from '../../core/hub/published/parsePublished.ts';
import type { ExportSet } from '../../core/hub/published/publishedSet.ts';
import { isJsonObject } from '../../core/json.ts';
import { textsOf, type LocalSource } from '../../runtime/explanations/localSources.ts';

/** Files of a folder that are looked into: a source has some ten batches. */
const MOST_FILES = 64;
const MODEL = /^[A-Za-z0-9][\w.-]*$/;
const LAYER = /^\d+-[\w.-]+$/;

/** The sources of Neuronpedia that files are of, each once, as the first line of each file says; none = they are not. */
export async function exportsOfFiles(
  files: readonly LocalSource[],
  signal: AbortSignal,
): Promise<readonly ExportSet[]> {
  const found = new Map<string, ExportSet>();
  for (const { file } of files.slice(0, MOST_FILES)) {
    const set = await exportOfFile(file, signal);
    if (set === null) return [];
    found.set(set.id, set);
  }
  return [...found.values()];
}

async function exportOfFile(file: string, signal: AbortSignal): Promise<ExportSet | null> {
  // Of a file that breaks off, the import tells.
  for await (const text of textsOf(file, signal)) {
    if (text.trim() === '') continue;
    const object = parsed(text);
    const first: unknown = Array.isArray(object) ? object[0] : object;
    if (!isJsonObject(first) || !isNeuronpedia(first)) return null;
    const { modelId, layer } = first;
    const isSource = typeof modelId === 'string' && typeof layer === 'string';
    return isSource && MODEL.test(modelId) && LAYER.test(layer) ? exportSet(modelId, layer) : null;
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
