import { SCAN_VERSION } from '../../core/records/version.ts';
import type { IndexInfo } from '../../protocol/recordsContract.ts';
import type { OpenModel } from '../openModel.ts';
import type { CorpusPrints } from './corpusPrints.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { FoundIndex } from './indexFolders.ts';

/** What lists say of an index. `reason` = why it is stale. */
export function infoOf(index: FoundIndex, reason: string | null): IndexInfo {
  const { key, title, families, skipped = [] } = index.state === 'whole' ? index.head : index.request;
  const { windows, tokens } = index.state === 'whole' ? index.head : index;
  return {
    indexId: index.name,
    corpus: title,
    skipped,
    families,
    windows,
    tokens,
    options: key.options,
    bytes: index.bytes,
    state: reason !== null ? 'stale' : index.state === 'whole' ? 'ready' : 'partial',
    reason,
    done: index.state === 'whole' ? 1 : index.done,
  };
}

/** What of an index' key is not so any more; null = it is fresh. */
export async function staleReason(
  index: FoundIndex,
  model: OpenModel,
  k: { readonly model: string; readonly fingerprints: Fingerprints; readonly corpora: CorpusPrints },
): Promise<string | null> {
  const { key, corpus: ref } = index.state === 'whole' ? index.head : index.request;
  if (key.version !== SCAN_VERSION) return 'It was made by another version of Underglass.';
  if (key.model !== k.model) return 'The model has other weights, configuration or tokenizer now.';
  for (const [id, fingerprint] of Object.entries(key.saes)) {
    const sae = model.saes.get(id);
    if (sae && (await k.fingerprints.sae(sae)) !== fingerprint) return `SAE ${id} is another one now.`;
  }
  try {
    if ((await k.corpora.fingerprint(ref)) !== key.corpus) return 'The text of its corpus changed.';
  } catch (error) {
    return `Its corpus cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return null;
}
