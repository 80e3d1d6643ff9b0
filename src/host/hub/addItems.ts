import * as vscode from 'vscode';
import { sizeText } from '../../core/hub/amounts.ts';
import { MODELS, modelNamed, type KnownModel } from '../../core/hub/models.ts';
import type { SaeRelease } from '../../core/hub/publishedSae.ts';
import { OPENAI_RELEASES } from '../../core/hub/openaiReleases.ts';
import { RELEASES } from '../../core/hub/releases.ts';
import { SAELENS_RELEASES } from '../../core/hub/saelensReleases.ts';
import type { HubInstalled } from '../../protocol/hubContract.ts';

/** What a row of the first quick pick does: look a text up, or ask for one. */
export type AddAction =
  | { readonly kind: 'look'; readonly text: string }
  | { readonly kind: 'id' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'file' }
  | { readonly kind: 'all' };

export interface AddItem extends vscode.QuickPickItem {
  readonly action: AddAction | null;
}

/** Rows for models, typed ids and folders, and the releases of SAEs that fit the model at hand. */
export function addItems(of: {
  /** Name of the model at hand; null = show the releases of every model. */
  readonly model: string | null;
  readonly installed: readonly HubInstalled[];
}): AddItem[] {
  const here = new Set(of.installed.map(({ id }) => id));
  const releases = fittingReleases(of.model);
  const hidden = RELEASES.length - releases.length;
  return [
    separator('Models'),
    ...MODELS.map((model) => modelRow(model, { isHere: here.has(model.id) })),
    separator('Anything else'),
    row({
      label: '$(cloud-download) Hugging Face id…',
      description: 'org/name, a Neuronpedia id, or an address',
      detail:
        'Models of GPT-2 architecture; SAEs as SAELens, sparsify, dictionary_learning or OpenAI lay them out',
      action: { kind: 'id' },
    }),
    row({
      label: '$(folder-opened) Local folder…',
      description: 'used where it lies',
      detail: 'A model, a SAE, or a folder of SAEs on this machine',
      action: { kind: 'folder' },
    }),
    row({
      label: '$(file) Local file…',
      description: 'used where it lies',
      detail:
        'The .pt file of a SAE as OpenAI publishes them, or a .safetensors file with its configuration beside it',
      action: { kind: 'file' },
    }),
    ...releaseRows(releases, SAELENS_RELEASES, 'releases of SAELens', here),
    ...releaseRows(releases, OPENAI_RELEASES, 'OpenAI’s own files', here),
    ...(hidden === 0
      ? []
      : [
          separator('SAEs'),
          row({
            label: `$(list-filter) SAEs of other models…`,
            description: `${hidden} releases`,
            action: { kind: 'all' },
          }),
        ]),
  ];
}

/** Releases for the model at hand; all of them when it is none that releases are made for, as the embedded one. */
export function fittingReleases(model: string | null): readonly SaeRelease[] {
  const known = model === null ? undefined : modelNamed(model)?.id;
  return known === undefined ? RELEASES : RELEASES.filter((release) => release.model === known);
}

/** The row for what is typed. */
export function typedItem(text: string): AddItem {
  return {
    ...row({ label: `$(search) ${text}`, description: 'look this up', action: { kind: 'look', text } }),
    alwaysShow: true,
  };
}

function modelRow(
  { id, title, pinned, licence, parameters, n_layers, d_model, repository }: KnownModel,
  { isHere }: { readonly isHere: boolean },
): AddItem {
  const bytes = pinned.reduce((sum, file) => sum + file.bytes, 0);
  return row({
    label: `${isHere ? '$(check)' : '$(layers)'} ${title}`,
    description: `${millions(parameters)} parameters · ${sizeText(bytes)} · ${licence}${isHere ? ' · installed' : ''}`,
    detail: `${n_layers} layers × ${d_model} · ${repository}`,
    action: { kind: 'look', text: id },
  });
}

function releaseRows(
  fitting: readonly SaeRelease[],
  group: readonly SaeRelease[],
  title: string,
  here: ReadonlySet<string>,
): AddItem[] {
  const releases = fitting.filter((release) => group.includes(release));
  const models = [...new Set(releases.map(({ model }) => model))];
  return models.flatMap((model) => [
    separator(`SAEs of ${modelNamed(model)?.title ?? model}: ${title}`),
    ...releases.filter((release) => release.model === model).map((release) => releaseRow(release, here)),
  ]);
}

function releaseRow({ id, title, saes, licence }: SaeRelease, here: ReadonlySet<string>): AddItem {
  const installed = saes.filter((sae) => here.has(`${sae.model}/${sae.id}`)).length;
  const widths = [...new Set(saes.flatMap(({ d_sae }) => (d_sae === null ? [] : [d_sae])))].toSorted(
    (a, b) => a - b,
  );
  const latents = widths.length === 0 ? [] : [`${range(widths)} latents`];
  const count = saes.length === 1 ? '1 SAE' : `${saes.length} SAEs`;
  return row({
    label: `$(list-filter) ${title}`,
    description: [count, ...latents, ...(installed === 0 ? [] : [`${installed} installed`])].join(' · '),
    detail: `${id}${licence === null ? '' : ` · ${licence}`}`,
    action: { kind: 'look', text: id },
  });
}

function range(values: readonly number[]): string {
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  const text = (value: number): string => value.toLocaleString('en');
  return first === last ? text(first) : `${text(first)} to ${text(last)}`;
}

function millions(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)}B` : `${Math.round(count / 1e6)}M`;
}

function separator(label: string): AddItem {
  return { label, kind: vscode.QuickPickItemKind.Separator, action: null };
}

function row(item: AddItem): AddItem {
  return item;
}
