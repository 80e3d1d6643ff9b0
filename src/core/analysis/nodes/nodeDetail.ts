import { tensor } from '../../tensor/tensor.ts';
import { formatNode, unitOfNode, type Node } from '../../trace/node.ts';
import type { WordsOf, WordsOfUnit } from '../../trace/words.ts';
import { topIndices } from '../candidates.ts';
import { readDirections } from './nodeInputs.ts';
import type { NodeReads } from './nodeReads.ts';
import type { NodeSide } from './nodeSide.ts';
import { latentSources } from './latentSources.ts';
import { nodeWrite, votesOf } from './nodeWrite.ts';
import type { GradientsOf } from './nodeInputs.ts';

/** A token of the vocabulary; what `score` is, its list says. */
export interface TokenScore {
  readonly id: number;
  readonly text: string;
  readonly score: number;
}

/** What is told of one node besides its row of the table. */
export interface NodeDetail {
  readonly name: string;
  /** Logit lens of what the node writes: write . (final gain) . W_U, mean over the vocabulary subtracted. */
  readonly upVotes: readonly TokenScore[];
  readonly downVotes: readonly TokenScore[];
  /**
   * Input tokens that excite it: W_E . d(pre-activation)/d(resid), scale of the LayerNorm held. Neurons and latents:
   * through the `input`; heads: through the `query` and the `key`; attention latents: through the `query` and the
   * `source` that they are attributed to. Empty for nodes without an input.
   */
  readonly excitedBy: readonly { readonly through: string; readonly tokens: readonly TokenScore[] }[];
  /** Null: nothing is known of it yet, or it is no unit. */
  readonly known: WordsOfUnit | null;
  /** For heads: pattern row of the query. For attention latents: attribution to source tokens. */
  readonly sources: readonly number[] | null;
}

/** Which node's details, and what they are read with. */
export interface NodeDetailRequest {
  readonly side: NodeSide;
  readonly node: Node;
  /** Tokens per list. */
  readonly k: number;
  readonly foldValueBiases: boolean;
  /** Gradients of another scalar of the same run. */
  readonly gradientsOf: GradientsOf;
  readonly text: (id: number) => string;
  readonly words: WordsOf;
}

/** What one node says and hears. @throws unit/unknown for a latent that is not active there */
export async function nodeDetail(request: NodeDetailRequest): Promise<NodeDetail> {
  const { side, node, k } = request;
  const write = await nodeWrite(side, node, request);
  const votes = write ? await votesOf(side.reads, write, node) : null;
  const sources = await sourcesOf(side, node);
  const excitedBy = [];
  for (const { through, direction } of await readDirections(request, sources)) {
    excitedBy.push({ through, tokens: await excited(request, side.reads, direction) });
  }
  const unit = unitOfNode(node);
  return {
    name: formatNode(node),
    upVotes: votes ? scores(votes, topIndices(votes, k), request) : [],
    downVotes: votes ? scores(votes, topIndices(negated(votes), k), request) : [],
    excitedBy,
    known: unit && (await request.words(unit)),
    sources: sources && [...sources],
  };
}

/** Tokens whose embedding goes furthest along a direction of the residual stream. */
async function excited(
  request: Pick<NodeDetailRequest, 'k' | 'text'>,
  reads: NodeReads,
  direction: Float32Array,
): Promise<TokenScore[]> {
  const { data } = await reads.vocabulary('W_E', tensor([1, direction.length], direction));
  return scores(data, topIndices(data, request.k), request);
}

async function sourcesOf(side: NodeSide, node: Node): Promise<(ArrayLike<number> & Iterable<number>) | null> {
  if (node.kind === 'latent') return latentSources(side, node);
  if (node.kind !== 'head') return null;
  const size = side.trace.ids.length;
  const start = (node.head * size + node.position) * size;
  return (await side.trace.layer(node.layer)).get('pattern')?.data.slice(start, start + size) ?? null;
}

function scores(
  values: Float32Array,
  ids: readonly number[],
  { text }: Pick<NodeDetailRequest, 'text'>,
): TokenScore[] {
  return ids.map((id) => ({ id, text: text(id), score: values[id] ?? 0 }));
}

function negated(values: Float32Array): Float32Array {
  return values.map((value) => -value);
}
