import type { AttentionLayer } from '../core/analysis/attentionLayer.ts';
import type { LayerAttribution } from '../core/analysis/layerAttribution.ts';
import type { DebugCandidate } from '../core/analysis/nextTokens.ts';
import type { SweepKind } from '../core/analysis/measure/sweeps.ts';
import type { NodeDetail } from '../core/analysis/nodes/nodeDetail.ts';
import type { NodeTable, NodeTableOptions } from '../core/analysis/nodes/nodeRows.ts';
import type { TokenEffects } from '../core/analysis/tokenEffects.ts';
import type { ScalarName } from '../core/prompt/keys.ts';
import type { BosMode } from '../core/tokens/bos.ts';
import type { TextToken } from '../core/tokens/token.ts';
import type { Node } from '../core/trace/node.ts';

export type { AttentionLayer } from '../core/analysis/attentionLayer.ts';
export type { LayerAttribution } from '../core/analysis/layerAttribution.ts';
export type { CandidateValues, DebugCandidate } from '../core/analysis/nextTokens.ts';
export type { SweepKind } from '../core/analysis/measure/sweeps.ts';
export type { NodeDetail, TokenScore } from '../core/analysis/nodes/nodeDetail.ts';
export type { TokenEffects } from '../core/analysis/tokenEffects.ts';

/** Everything that decides the numbers of a debug view; text, so that it can be kept. Equal ones give equal numbers. */
export interface Experiment {
  readonly modelId: string;
  readonly text: string;
  readonly bos: BosMode;
  /** Texts of one token each. */
  readonly targets: readonly string[];
  readonly distractors: readonly string[];
  readonly scalar: ScalarName;
  /** A written position (`last`, `7`, `@" John"#2`); must mean one token. */
  readonly position: string;
  /** Written edits in order; `off ` before disabled ones. */
  readonly edits: readonly string[];
  readonly corrupted: string | null;
  readonly reference: string | null;
  /** Where relative files of edits start; null = files are not read (no place on disk, or not trusted). */
  readonly folder: string | null;
  /** `edits`: right = the same prompt without edits (only when an edit is on); `corrupted`: right = that prompt. */
  readonly compare: 'edits' | 'corrupted';
  /** Clean -> corrupted positions; null = aligned by the engine. */
  readonly alignment: readonly (number | null)[] | null;
  readonly seed: number;
}

/** A target or distractor as it was written. */
export interface TargetToken {
  readonly text: string;
  readonly id: number;
}

/** What became of one written edit. */
export interface EditOutcome {
  readonly text: string;
  readonly enabled: boolean;
  /** The values are what they were: the edit ran and changed nothing. */
  readonly alreadySo: boolean;
}

/** One of the two prompts of an experiment, as it ran. */
export interface DebugSide {
  readonly tokens: readonly TextToken[];
  /** The untraced scalar. */
  readonly value: number;
  /** Per token, nats: loss of this token, and KL of the prediction against the other side. Null where undefined. */
  readonly loss: readonly (number | null)[];
  readonly kl: readonly (number | null)[] | null;
}

/** An experiment that is open in the engine. */
export interface DebugSummary {
  /** Handle in the engine; gone after a restart (trace/expired). */
  readonly debugId: string;
  readonly targets: readonly TargetToken[];
  readonly distractors: readonly TargetToken[];
  /** Index of the position in the left tokens. */
  readonly position: number;
  readonly left: DebugSide;
  readonly right: DebugSide | null;
  /** Left position -> right position. */
  readonly alignment: readonly (number | null)[] | null;
  readonly edits: readonly EditOutcome[];
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

/** A step upstream, as text: `L9H9.q@12->4`, `L5N123@14`, `3-res/412@14`; `via` = downstream step of a value trace. */
export interface TraceStep {
  readonly at: string;
  readonly via: string | null;
}

/** How a table's gradients and nodes are made. `frozenScale`: the final LayerNorm's scale is held. */
export interface DebugOptions extends NodeTableOptions {
  readonly frozenScale: boolean;
}

/** Which scalar a table is about: the experiment's own, or a traced one. */
export interface DebugView {
  readonly debugId: string;
  /** Null = the experiment's scalar. */
  readonly step: TraceStep | null;
  readonly options: DebugOptions;
}

/** A node table with the scalar that it is about. `held`: what gradients take as constant, in words. */
export interface DebugTable extends NodeTable {
  /** e.g. `logit " Mary" - logit " John" at 14`, `score of L9H9, 12 -> 4, through the query`. */
  readonly title: string;
  /** `logits`, `nats`, or `activation`. */
  readonly unit: string;
  readonly held: readonly string[];
  /** Summed estimated total effect per token of the left side. */
  readonly effects: TokenEffects;
}

/** Measured by running again with the node's activation at 0. */
export interface MeasuredNode {
  readonly name: string;
  /** L(clean) - L(without), final LayerNorm live. */
  readonly left: number | null;
  readonly right: number | null;
  /** The same with the final scale held: what remains is not the LayerNorm's. Null for traced scalars. */
  readonly leftFrozen: number | null;
}

export const SWEEP_KINDS: readonly SweepKind[] = ['heads', 'neurons', 'latents'];

/** A sweep is asked in parts, so that what was measured stays when it is cancelled. */
export interface SweepPlan {
  readonly kind: SweepKind;
  /** Position written as in an edit, `*` = all. */
  readonly positions: string;
  readonly parts: readonly { readonly id: string; readonly title: string; readonly runs: number }[];
}

/** A unit that was taken to 0. */
export interface SweepRow {
  /** `L3H1@14`, ... an edit is this plus ` zero`. */
  readonly unit: string;
  /** Scalar without the unit minus scalar with it... as measured total effect: L(clean) - L(zeroed). */
  readonly effect: number;
}

export const PATCH_HOOKS = ['resid_pre', 'attn_out', 'mlp_out', 'z', 'q', 'k', 'v', 'pattern'] as const;
export type PatchHook = (typeof PATCH_HOOKS)[number];

/** A grid of patching, asked alone so that what was measured stays when the rest is cancelled. */
export interface PatchPart {
  readonly hook: PatchHook;
  readonly layer: number;
  /** resid_pre, attn_out, mlp_out: one row, columns = left positions. Others: rows = heads; columns = positions if `byPosition`. */
  readonly byPosition: boolean;
}

/** What each cell brings back of the scalar. */
export interface PatchResult {
  /** [rows][columns]; 0 = corrupted, 1 = clean; null where positions are not aligned. */
  readonly measured: readonly (readonly (number | null)[])[];
  /** Gradient estimate of the same, from the corrupted run. */
  readonly estimated: readonly (readonly (number | null)[])[];
}

/** What each prompt goes on with. */
export interface Continuation {
  readonly left: string;
  readonly right: string | null;
}

/** What the engine serves to debug views. Every method after `debug/open` names the debug session. */
export interface EngineDebug {
  'debug/open': { params: { experiment: Experiment }; result: DebugSummary };
  'debug/close': { params: { debugId: string }; result: null };
  'debug/table': { params: DebugView; result: DebugTable };
  /** Few nodes at a time: the caller asks for more, and keeps what it has when it stops. */
  'debug/measure': { params: DebugView & { nodes: readonly Node[] }; result: readonly MeasuredNode[] };
  'debug/candidates': {
    params: DebugView & { k: number; filter: string };
    result: readonly DebugCandidate[];
  };
  'debug/detail': { params: DebugView & { node: Node; k: number }; result: NodeDetail };
  'debug/attention': {
    params: { debugId: string; side: 'left' | 'right'; layer: number };
    result: AttentionLayer;
  };
  'debug/layers': { params: { debugId: string; options: DebugOptions }; result: LayerAttribution };
  'debug/sweepPlan': {
    params: DebugView & { kind: SweepKind; positions: string; layer: number | null };
    result: SweepPlan;
  };
  'debug/sweepPart': {
    params: DebugView & { kind: SweepKind; positions: string; part: string };
    result: readonly SweepRow[];
  };
  'debug/patchPart': { params: { debugId: string; part: PatchPart }; result: PatchResult };
  'debug/continue': {
    params: { debugId: string; max: number; temperature: number; seed: number };
    result: Continuation;
  };
}
