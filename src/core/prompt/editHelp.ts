import { meansPattern } from './editRules.ts';
import { EDIT_SITES, HEAD_HOOKS, hookOfUnit, type EditUnit } from './editUnit.ts';
import { editProblem, type EditKind, type WrittenEdit } from './edits.ts';
import { formatPosition, type Position } from './position.ts';

/** What an edit does, in one sentence of Markdown, and where: the hover of its line. */
export function describeEdit(edit: WrittenEdit): string {
  const { unit, change, enabled } = edit;
  const pattern = meansPattern(edit);
  const hook = pattern ? patternHook(unit) : (hookAdded(change) ?? hookOfUnit(unit));
  const what = pattern ? describePairs(edit) : `${describeUnit(unit)} ${describePositions(edit.positions)}`;
  const where = hook === null ? '' : `\n\nHook: \`${hook}\``;
  const off = enabled ? '' : '\n\nSwitched off: it is not run.';
  return `${upperFirst(describeKind(change, what))}.${where}${off}`;
}

function describeKind(change: EditKind, what: string): string {
  switch (change.kind) {
    case 'zero':
      return `sets ${what} to 0`;
    case 'set':
      return `sets ${what} to ${change.value}`;
    case 'scale':
      return `multiplies ${what} by ${change.factor}`;
    case 'mean':
      return `replaces ${what} by its mean over the tokens of \`reference\``;
    case 'corrupted':
      return `replaces ${what} by what the \`corrupted\` prompt has at the aligned token`;
    case 'freeze':
      return `holds ${what} at the value of the run without edits`;
    case 'add':
      return change.vector === null
        ? `adds ${change.factor} to ${what}, so that it writes ${change.factor} times its direction more`
        : `adds ${change.factor} times \`${change.vector.tensor}\` of \`${change.vector.file}\` where ${what} stands`;
  }
}

function hookAdded(change: EditKind): string | null {
  return change.kind === 'add' ? (change.vector?.hook ?? null) : null;
}

function describeUnit(unit: EditUnit): string {
  switch (unit.kind) {
    case 'head':
      return `what head ${unit.head} of layer ${unit.layer} writes`;
    case 'head-hook':
      return `the ${unit.hook} of head ${unit.head} of layer ${unit.layer}`;
    case 'neuron':
      return `neuron ${unit.neuron} of layer ${unit.layer}`;
    case 'latent':
      return unit.index === 'error'
        ? `what SAE ${unit.sae} does not reconstruct`
        : `latent ${unit.index} of SAE ${unit.sae} (its error term is kept)`;
    case 'embedding':
      return 'the token and position embedding';
    case 'site':
      return `every number of ${unit.site} of layer ${unit.layer}`;
    case 'norm':
      return unit.layer === null
        ? 'the scale of the final LayerNorm'
        : `the scale of ${unit.norm} of layer ${unit.layer}`;
  }
}

function describePairs({ unit, positions, sources }: WrittenEdit): string {
  const head = unit.kind === 'head' || unit.kind === 'head-hook' ? unit.head : '';
  const layer = 'layer' in unit ? unit.layer : '';
  const to = sources === null || sources.kind === 'all' ? 'to every token before' : `to ${nameOf(sources)}`;
  return `the attention of head ${head} of layer ${layer} from ${nameOf(positions)} ${to}`;
}

function describePositions(position: Position): string {
  return `at ${nameOf(position)}`;
}

function nameOf(position: Position): string {
  switch (position.kind) {
    case 'index':
      return `token ${position.index}`;
    case 'range':
      return `tokens ${position.first} to ${position.last}`;
    case 'last':
      return 'the last token';
    case 'all':
      return 'every token';
    case 'text':
      return `token \`${JSON.stringify(position.text)}\` no. ${position.occurrence}`;
  }
}

function patternHook(unit: EditUnit): string | null {
  return 'layer' in unit ? `blocks.${unit.layer}.attn.hook_pattern` : null;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What the editor knows of the model, for completions; all of it may be missing. */
export interface EditNames {
  readonly n_layers?: number;
  readonly n_heads?: number;
  /** SAE ids. */
  readonly saes?: readonly string[];
  /** Tokens of the prompt, BOS included. */
  readonly tokens?: readonly { readonly text: string }[];
}

/** What completions need of a model and of a prompt's tokens. */
export function editNamesOf(
  model: {
    readonly n_layers: number;
    readonly n_heads: number;
    readonly saes: readonly { readonly id: string }[];
  },
  tokens: EditNames['tokens'],
): EditNames {
  const { n_layers, n_heads, saes } = model;
  return { n_layers, n_heads, saes: saes.map(({ id }) => id), ...(tokens ? { tokens } : {}) };
}

/** Texts that may stand next, with the offset in the edit from which they replace what is written. */
export interface EditCompletions {
  readonly start: number;
  readonly items: readonly { readonly text: string; readonly documentation: string }[];
}

const KINDS: readonly [string, string][] = [
  ['zero', 'Sets the value to 0.'],
  ['set 1', 'Sets the value to a number.'],
  ['x 0.5', 'Multiplies the value.'],
  ['mean', 'Takes the mean over the tokens of `reference`.'],
  ['from corrupted', 'Takes the value of the aligned token of `corrupted`.'],
  ['add 1', 'Adds a number times the write direction of the unit, or `file.safetensors#tensor@hook`.'],
  ['freeze', 'Holds the value (of a head: its pattern; of a LayerNorm: its scale) as it is without edits.'],
];

/** What can be written at the end of the beginning of an edit. */
export function editCompletions(before: string, names: EditNames = {}): EditCompletions {
  const at = before.indexOf('@');
  if (at < 0) return unitCompletions(before, names);
  const space = /^[^@]*@(?:"(?:[^"\\]|\\.)*"|[^\s"])*\s+/.exec(before)?.[0].length;
  if (space !== undefined) return { start: space, items: kindItems(before.slice(0, space)) };
  const arrow = before.lastIndexOf('->');
  const start = Math.max(at + 1, arrow < 0 ? 0 : arrow + 2);
  const common = [
    { text: 'last', documentation: 'The last token.' },
    { text: '*', documentation: 'Every token; in a continuation the new ones too.' },
  ];
  const tokens = (names.tokens ?? []).map(({ text }, index, all) => {
    const occurrence = all.slice(0, index + 1).filter((token) => token.text === text).length;
    const position: Position = { kind: 'text', text, occurrence };
    return { text: formatPosition(position).slice(1), documentation: `Token ${index}.` };
  });
  return { start, items: [...common, ...tokens] };
}

/** Kinds that have a meaning for what is written before them; all of them where that cannot be told. */
function kindItems(before: string): EditCompletions['items'] {
  const items = KINDS.map(([text, documentation]) => ({ text, documentation }));
  const meant = items.filter(({ text }) => editProblem(`${before}${text}`) === null);
  return meant.length === 0 ? items : meant;
}

function unitCompletions(
  before: string,
  { n_layers = 1, n_heads = 1, saes = [] }: EditNames,
): EditCompletions {
  const start = /^\s*(?:off\s+)?/.exec(before)?.[0].length ?? 0;
  const written = before.slice(start);
  const layer = /^L(\d+)/.exec(written)?.[1];
  const head = /^L(\d+)H(\d+)\./.exec(written);
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const names = head
    ? HEAD_HOOKS.map((hook) => `L${head[1]}H${head[2]}.${hook}`)
    : layer === undefined
      ? [
          ...numbers(n_layers).flatMap((each) => [`L${each}H0`, `L${each}N0`]),
          ...saes.map((id) => `${id}/0`),
          'E',
          'ln_final',
        ]
      : [
          ...numbers(n_heads).map((each) => `L${layer}H${each}`),
          `L${layer}N0`,
          ...[...EDIT_SITES, 'ln1', 'ln2'].map((name) => `L${layer}.${name}`),
        ];
  const items = names.map((text) => ({ text, documentation: `Unit \`${text}\`.` }));
  return { start, items };
}
