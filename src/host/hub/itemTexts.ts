import * as vscode from 'vscode';
import { sizeText } from '../../core/hub/amounts.ts';
import { percent } from '../../core/percent.ts';
import type { HubInstalled } from '../../protocol/hubContract.ts';
import type { LoadedModel } from '../../protocol/modelsContract.ts';
import type { PublishedInstalled } from '../../protocol/publishedContract.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import { plainMarkdown, short } from '../editor/format.ts';
import type { ShelfModel, ShelfSae } from './shelf.ts';

/** A line below a SAE. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly tooltip?: string;
  /** A set of published explanations that lacks something, which importing it again brings. */
  readonly outdated?: PublishedInstalled;
}

const MODES = {
  mapped: 'weights mapped from the file',
  packed: 'blocks packed into memory',
  folded: 'half-precision weights held as fp32',
  cast: 'half-precision weights cast in every run',
} as const;

const SOURCES = {
  embedded: 'Comes with Underglass',
  installed: 'Added',
  folder: 'A folder that the settings name',
  absent: 'Not installed: only SAEs of it are here',
} as const;

/** What is wrong, without the folder: a row is narrow, and its hover names the folder. */
export function shortProblem(problem: string, directory: string | null): string {
  return directory === null
    ? problem
    : problem.replaceAll(`${directory}/`, '').replaceAll(`${directory}\\`, '');
}

/** What mends a broken one. */
function mendLines(installed: HubInstalled | null): string[] {
  return installed === null ? [] : ['Add Again fetches what is missing or damaged, and keeps the rest.'];
}

/** `good · L0 41.2 · explains 90 %`. */
export function healthLine({ verdict, fit }: SaeHealth): string {
  const explained = fit.explained_variance;
  return [
    verdict.grade,
    `L0 ${short(fit.l0)}`,
    ...(explained === null ? [] : [`EV ${short(explained)}`]),
  ].join(' · ');
}

/** The same with what it was measured on and what it means: `gpt2-small/6-res-jb on notes (3 files): good · L0 40 · …`. */
export function healthMessage(name: string, health: SaeHealth): string {
  const { fit, sample, recovered, verdict } = health;
  const figures = `${healthLine(health)} · loss recovered ${share(recovered.zero)}`;
  return `${name} on ${fit.tokens} tokens of ${sample}: ${figures}. ${verdict.words.join(' ')}`;
}

export function modelTooltip(model: ShelfModel): vscode.MarkdownString {
  const { name, directory, source, weightBytes, installed, loaded, problem, isDefault } = model;
  const lines = [
    `**${plainMarkdown(name)}**${isDefault ? ', used by prompts that name no model' : ''}`,
    ...(problem === null ? [] : [`⚠ ${plainMarkdown(problem)}`, ...mendLines(installed)]),
    ...(weightBytes === 0 ? [] : [`Weights: ${sizeText(weightBytes)}`]),
    ...(loaded === null
      ? memoryLines(model)
      : [
          ...loaded.warnings.map((line) => `⚠ ${plainMarkdown(line)}`),
          shapeText(loaded.shape),
          `Loaded: ${MODES[loaded.mode]}; about ${sizeText(loaded.privateBytes)} of its own and ${sizeText(loaded.mappedBytes)} mapped, which the system may take back`,
          ...(loaded.saes.length === 0
            ? []
            : [`Attached: ${plainMarkdown(loaded.saes.map(({ id }) => id).join(', '))}`]),
        ]),
    ...(installed === null ? [SOURCES[source]] : cardLines(installed)),
    ...(directory === null ? [] : [plainMarkdown(directory)]),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'), true);
}

function shapeText({ n_layers, d_model, n_heads, d_mlp, n_ctx, d_vocab }: LoadedModel['shape']): string {
  return `${n_layers} layers × ${d_model}, ${n_heads} heads and ${d_mlp} neurons a layer; ${d_vocab.toLocaleString('en')} tokens, context ${n_ctx}`;
}

/** What loading it would take. */
function memoryLines({ memory }: ShelfModel): string[] {
  if (memory === null) return [];
  const fits = memory.fits ? '' : ', more than is free now';
  return [
    `Loading it: ${MODES[memory.mode]}; the engine then takes about ${sizeText(memory.own)} with a trace of 64 tokens and its latents${fits}, and ${sizeText(memory.files)} mapped, which the system may take back`,
  ];
}

export function saeTooltip(
  { sae, model, installed, published }: ShelfSae,
  health: SaeHealth | null,
): vscode.MarkdownString {
  const { info, isAttached } = sae;
  const head = `**${plainMarkdown(model.ref)}/${plainMarkdown(sae.id)}**`;
  const what =
    info === null
      ? [`⚠ ${plainMarkdown(sae.problem ?? '')}`, ...mendLines(installed)]
      : [
          `${plainMarkdown(info.architecture)} SAE of ${plainMarkdown(info.hook_name)} (${plainMarkdown(info.format)}), ${info.d_sae.toLocaleString('en')} latents${info.labelled === 0 ? '' : `, ${info.labelled.toLocaleString('en')} of them with words`}, ${sizeText(sae.bytes)}`,
        ];
  const attached = isAttached
    ? 'Attached: prompts that name no SAE get it.'
    : 'Not attached: prompts get it that name it under `sae:`.';
  const lines = [
    head,
    ...what,
    ...(info === null ? [] : [attached]),
    ...(info === null
      ? []
      : health === null
        ? ['Health not checked yet.']
        : [healthTable(health), ...health.verdict.words.map(plainMarkdown)]),
    ...published.flatMap(({ title, outdated }) =>
      outdated === null
        ? []
        : [`⚠ ${plainMarkdown(title)}: ${plainMarkdown(outdated)} Its row below has Import Again.`],
    ),
    ...(info?.preparation ?? []).map((line) => `Input: ${plainMarkdown(line)}`),
    ...(installed === null ? [] : cardLines(installed)),
    plainMarkdown(sae.directory),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'), true);
}

/** Lines below a SAE: how healthy it is, and what is done to its input. */
export function saeFacts({ sae, published: sets }: ShelfSae, health: SaeHealth | null): Fact[] {
  const { info, stated } = sae;
  if (info === null) return [];
  const published = (value: number | null): string => (value === null ? '' : `, published ${short(value)}`);
  const { preparation, context_size } = info;
  return [
    ...(health === null ? [statedFact(stated)] : healthFacts(health, published)),
    { label: 'Hook', value: info.hook_name },
    {
      label: 'Input',
      value: preparation.length === 0 ? 'read as it is' : preparation.join(' '),
      tooltip:
        preparation.length === 0
          ? 'Nothing is done to the values of the hook before they are encoded.'
          : preparation.join('\n'),
    },
    { label: 'BOS', value: info.prepend_bos ? 'trained with BOS' : 'trained without BOS' },
    { label: 'Context', value: context_size === null ? 'not stated' : `trained on ${context_size} tokens` },
    ...sets.map(publishedFact),
  ];
}

function publishedFact(set: PublishedInstalled): Fact {
  const { title, label, source, outdated } = set;
  if (outdated === null) return { label: 'Published', value: label, tooltip: `${title}\n${source}` };
  const tooltip = `${title}\n${outdated} Import Again drops it and brings all of it, for the units that are here.`;
  return { label: 'Published', value: `import again: ${label}`, tooltip, outdated: set };
}

function statedFact({ l0, explained_variance }: ShelfSae['sae']['stated']): Fact {
  const said = [
    ...(l0 === null ? [] : [`L0 ${short(l0)}`]),
    ...(explained_variance === null ? [] : [`explained variance ${short(explained_variance)}`]),
  ];
  return {
    label: 'Health',
    value: `not checked${said.length === 0 ? '' : `; published ${said.join(', ')}`}`,
    tooltip: 'Check Health measures it on a sample of text.',
  };
}

function healthFacts(health: SaeHealth, published: (value: number | null) => string): Fact[] {
  const { fit, stated, recovered, verdict } = health;
  const measured = `${fit.tokens} tokens of ${health.sample}, windows of ${health.context}${health.bos ? ' with BOS' : ''}`;
  return [
    {
      label: 'Health',
      value: `${verdict.grade}: ${verdict.words[0] ?? ''}`,
      tooltip: verdict.words.join('\n'),
    },
    {
      label: 'L0',
      value: `${short(fit.l0)}${published(stated.l0)}`,
      tooltip: `Latents that are active on a token; ${measured}`,
    },
    {
      label: 'Explained variance',
      value: `${fit.explained_variance === null ? 'not defined' : short(fit.explained_variance)}${published(stated.explained_variance)}`,
      tooltip: measured,
    },
    {
      label: 'Loss recovered',
      value: share(recovered.zero),
      tooltip: `Cross entropy that is kept when the SAE's output takes the place of the hook, against the hook at zero (against its mean: ${share(recovered.mean)})`,
    },
    {
      label: 'Silent latents',
      value: percent(fit.silent_share, 'text'),
      tooltip: `Active on none of ${fit.tokens} tokens: few tokens tell little of rare ones`,
    },
  ];
}

function healthTable({ fit, stated, recovered, verdict }: SaeHealth): string {
  const cell = (value: number | null): string => (value === null ? '–' : short(value));
  return [
    `Health: **${verdict.grade}**`,
    '',
    '| | measured | published |',
    '|---|--:|--:|',
    `| L0 | ${short(fit.l0)} | ${cell(stated.l0)} |`,
    `| explained variance | ${cell(fit.explained_variance)} | ${cell(stated.explained_variance)} |`,
    `| loss recovered | ${cell(recovered.zero)} | – |`,
    `| silent latents | ${percent(fit.silent_share, 'text')} | – |`,
  ].join('\n');
}

function cardLines({ source, revision, licence, bytes, files }: HubInstalled): string[] {
  const linked = files.filter((file) => file.linked !== null).length;
  const shared =
    linked === 0
      ? ''
      : `; ${linked} ${linked === 1 ? 'file is' : 'files are'} used in the Hugging Face cache`;
  return [
    `From ${plainMarkdown(source)}${revision === null ? '' : ` at ${revision.slice(0, 7)}`}`,
    `Licence: ${licence === null ? 'none stated' : plainMarkdown(licence)}`,
    `On disk: ${sizeText(bytes)}${shared}`,
  ];
}

function share(value: number | null): string {
  return value === null ? 'not defined' : percent(value, 'text');
}
