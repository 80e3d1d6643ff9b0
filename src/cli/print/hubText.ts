import { sizeText } from '../../core/hub/amounts.ts';
import type { HubChoice, HubFound, HubInstalled, HubSae } from '../../protocol/hubContract.ts';
import type { Paint } from './style.ts';

const NOT_STATED = 'not stated';

/** More SAEs than this are a line each. */
const MOST_WHOLE = 2;

/** All that would be added, SAEs before the model that comes along, and what it takes together. */
export function planText(all: readonly HubFound[], paint: Paint): string {
  const saes = all.filter(({ kind }) => kind === 'sae');
  const isShort = saes.length > MOST_WHOLE;
  const whole = isShort ? all.filter(({ kind }) => kind === 'model') : all;
  const texts = whole.map((found) => foundText(found, paint));
  if (isShort) texts.unshift(saesText(saes, paint));
  const download = all.reduce((sum, { downloadBytes }) => sum + downloadBytes, 0);
  const free = all[0]?.freeBytes ?? null;
  const lack = free !== null && download > free ? paint('warn', '; there is too little room for it') : '';
  const room = free === null ? '' : `, ${sizeText(free)} free`;
  if (all.length > 1) texts.push(`Together: ${sizeText(download)} to download${room}${lack}\n`);
  return texts.join('');
}

/** Where one goes from what was added or is here. */
export function nextText(
  wanted: readonly HubFound[],
  { isModelHere }: { readonly isModelHere: boolean },
  paint: Paint,
): string {
  const [first] = wanted;
  if (!first) return '';
  const next = isModelHere ? useOf(first, wanted.length) : `underglass add ${first.model}`;
  return `${paint('dim', `Next: ${next}`)}\n`;
}

function useOf({ kind, model, unit, sae }: HubFound, count: number): string {
  if (kind === 'model') return `underglass trace FILE --model ${model}`;
  if (unit !== null) return `underglass unit ${unit} --model ${model}`;
  return count === 1 && sae !== null && sae.release !== null
    ? `underglass sae ${model}/${sae.id}`
    : `underglass sae --list --model ${model}`;
}

/** A line for each SAE, then what they have in common. */
function saesText(saes: readonly HubFound[], paint: Paint): string {
  const names = saes.map(({ sae, model }) => `${model}/${sae?.id ?? ''}`);
  const width = Math.max(...names.map((name) => name.length));
  const lines = saes.map((found, index) => {
    const hook = found.sae?.hook_name ?? '';
    return `  ${paint('strong', (names[index] ?? '').padEnd(width))}  ${hook}  ${sizeLine(found)}`;
  });
  const licences = [...new Set(saes.map(({ licence }) => licence ?? NOT_STATED))].join('; ');
  const notes = [...new Set(saes.flatMap((found) => found.notes))];
  return [
    ...lines,
    `  ${paint('dim', 'licence')}  ${licences}`,
    ...notes.map((note) => `  ${paint('warn', note)}`),
    '',
  ].join('\n');
}

/** What would be added: size, licence, disk and preprocessing, before anything is done. */
function foundText(found: HubFound, paint: Paint): string {
  const rows: [string, string][] = [
    ['from', `${found.source}${found.revision === null ? '' : ` @ ${found.revision.slice(0, 12)}`}`],
    ['licence', found.licence ?? NOT_STATED],
    ...(found.sae ? saeRows(found.sae, found.model) : []),
    ['size', sizeLine(found)],
    ['folder', found.folder],
    ['disk', diskLine(found)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${paint('dim', name.padEnd(width))}  ${value}`);
  const notes = found.notes.map((note) => `  ${paint('warn', note)}`);
  return `${[paint('strong', found.title), ...lines, ...notes].join('\n')}\n`;
}

/** One line for each of several. */
export function choicesText(choices: readonly HubChoice[], paint: Paint): string {
  const width = Math.max(...choices.map(({ id }) => id.length));
  const lines = choices.map(({ id, title, bytes }) => {
    const size = bytes === null ? '' : `  ${sizeText(bytes)}`;
    return `  ${paint('strong', id.padEnd(width))}  ${title}${size}`;
  });
  return `${lines.join('\n')}\n`;
}

/** What was added, and how its files were checked. */
export function addedText({ id, folder, files }: HubInstalled, paint: Paint): string {
  const checks = [...new Set(files.map(({ checked }) => CHECKED[checked]))].join(', ');
  const linked = files.some((file) => file.linked !== null) ? ', used where it lies' : '';
  return `${paint('good', 'Added')} ${paint('strong', id)} (${checks}${linked})\n  ${folder}\n`;
}

const CHECKED = {
  sha256: 'sha256 verified',
  git: 'git digest verified',
  md5: 'MD5 verified',
  length: 'length verified',
  not: 'not compared with anything',
} as const;

function saeRows(sae: HubSae, model: string): [string, string][] {
  const shape = [sae.hook_name, sae.d_sae === null ? null : `${sae.d_sae.toLocaleString('en-US')} latents`];
  const stated = [
    sae.l0 === null ? null : `L0 ${sae.l0}`,
    sae.explained_variance === null ? null : `explained variance ${sae.explained_variance}`,
  ];
  const asks = [
    sae.center ? 'mean over d_model subtracted' : null,
    sae.scale === null ? null : `scaled by ${sae.scale.toPrecision(5)}`,
    sae.prepend_bos === null ? null : sae.prepend_bos ? 'with BOS' : 'without BOS',
    sae.context_size === null ? null : `trained on ${sae.context_size} tokens`,
  ];
  const row = (name: string, parts: readonly (string | null)[]): [string, string][] => {
    const text = parts.filter((part) => part !== null).join(', ');
    return text === '' ? [] : [[name, text]];
  };
  return [
    ['model', model],
    ...row('reads', shape),
    ...row('input', asks),
    ...row('published', stated),
    ...row('Neuronpedia', [sae.neuronpedia]),
  ];
}

function sizeLine({ bytes, downloadBytes, files, isInstalled }: HubFound): string {
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  const inPlace = files.filter(({ state }) => state === 'cached' || state === 'local').length;
  const here = inPlace === 0 ? '' : `, ${inPlace} used where ${inPlace === 1 ? 'it lies' : 'they lie'}`;
  const begun = files.some(({ state }) => state === 'partial' || state === 'fetched');
  const rest = isInstalled
    ? 'installed already'
    : downloadBytes === 0
      ? 'nothing to download'
      : `${sizeText(downloadBytes)} to download${begun ? ' (goes on)' : ''}`;
  return `${sizeText(bytes)} in ${count}${here}; ${rest}`;
}

function diskLine({ downloadBytes, freeBytes }: HubFound): string {
  return `${sizeText(downloadBytes)} needed${freeBytes === null ? '' : `, ${sizeText(freeBytes)} free`}`;
}
