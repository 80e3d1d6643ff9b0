import { percent } from '../../core/percent.ts';
import {
  REMEMBERED,
  type NeuronReading,
  type TokenReading,
  type UnitReading,
} from '../../core/trace/readings.ts';
import { sayings } from '../../core/trace/words.ts';
import { COMMANDS } from '../contributions.ts';
import { codeSpan, commandLink, plainMarkdown, short, visibleToken } from './format.ts';

export interface HoverToken {
  /** Document, for the links. */
  readonly uri: string;
  readonly position: number;
  readonly token: TokenReading;
  /** Null = they could not be read. */
  readonly latents: readonly UnitReading[] | null;
  /** Of all layers, by what they write. */
  readonly neurons: readonly NeuronReading[];
  /** Folder of the model. */
  readonly model: string;
  /** Whether the model has SAEs at all. */
  readonly hasSaes: boolean;
  /** Whether the prompt has edits, which a trace leaves out. */
  readonly ignoresEdits: boolean;
}

/** As wide as a digit, no line breaks at it, and Markdown does not take it off the end of a cell. */
const FIGURE_SPACE = '&#8199;';
/** Digits that the edges of a code span take the room of, and some to spare: fonts differ. */
const EDGES = 3;

/** What a hover says of one token, as Markdown. */
export function hoverText(hover: HoverToken): string {
  const { token, position } = hover;
  const head = `**${codeSpan(visibleToken(token))}** — token ${token.id} at position ${position}`;
  const parts = [head, foreseen(hover), latentTable(hover), neuronTable(hover), actions(hover)];
  return parts.filter((part) => part !== '').join('\n\n');
}

function actions({ uri, position }: HoverToken): string {
  const debug = commandLink(COMMANDS.debug, uri);
  const ablate = commandLink(COMMANDS.ablate, uri, position);
  return `[Debug](${debug} "Why does the model prefer the target?") · [Ablate here…](${ablate} "Add an edit at this token")`;
}

function foreseen({ token, ignoresEdits }: HoverToken): string {
  const { probability, rank, loss } = token;
  const without = ignoresEdits ? '; the edits are not applied' : '';
  if (probability === null || rank === null)
    return 'The first token: nothing stands before it that could foresee it.';
  return `Probability **${percent(probability, 'text')}** · rank **${rank}** · surprise ${short(loss)} nats, given what stands before it${without}`;
}

function latentTable(hover: HoverToken): string {
  const { latents, hasSaes } = hover;
  if (!hasSaes) return 'No sparse autoencoders are attached to this model.';
  if (latents === null) return '';
  if (latents.length === 0) return 'No SAE latent is active here.';
  const title = titleOver('SAE latent', latents);
  const rows = latents.map((latent) => [...unitCells(latent, hover), short(latent.value), words(latent)]);
  return table([title, '', '', 'activation', 'stands for'], rows);
}

function neuronTable(hover: HoverToken): string {
  const { neurons } = hover;
  if (neurons.length === 0) return '';
  const rows = neurons.map((neuron) => [
    ...unitCells(neuron, hover),
    short(neuron.value),
    short(neuron.writes),
    words(neuron),
  ]);
  const titles = [titleOver('neuron', neurons), '', '', 'activation', 'writes', 'stands for'];
  return [table(titles, rows), NEURON_NOTE].join('\n\n');
}

const NEURON_NOTE = `_Neurons that write most to the residual stream here (activation × norm of the output weights), among the ${REMEMBERED} most active of each layer._`;

/** Icons have columns of their own: a line breaks beside an icon whatever space stands there. */
function unitCells({ id, unit }: UnitReading, { uri, position, model }: HoverToken): string[] {
  const link = commandLink(COMMANDS.showUnit, uri, position, unit);
  const ablate = commandLink(COMMANDS.ablate, uri, position, unit);
  const page = commandLink(COMMANDS.openUnit, id, model);
  return [
    `[${codeSpan(id)}](${link} "Show it in the trace panel")`,
    `[$(book)](${page} "Open its page")`,
    `[$(circle-slash)](${ablate} "Ablate it here")`,
  ];
}

/** As long as the longest id, and in one piece: a narrow column would break ids at their signs. */
function titleOver(title: string, units: readonly Pick<UnitReading, 'id'>[]): string {
  const longest = Math.max(...units.map(({ id }) => id.length));
  const spaces = FIGURE_SPACE.repeat(Math.max(0, longest + EDGES - title.length));
  return `${title.replaceAll(' ', '&nbsp;')}${spaces}`;
}

/**
 * A Markdown table: the unit with its icons, its numbers, its words. Numbers have spaces around them that do not break:
 * in a narrow column a number's title would begin a line below the others.
 */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (isNumber(at, cells.length) ? `&nbsp;&nbsp;${cell}&nbsp;&nbsp;` : cell)).join(' | ')} |`;
  const align = titles.map((_, at) => (isNumber(at, titles.length) ? '--:' : ':--'));
  return [line(titles), `|${align.join('|')}|`, ...rows.map(line)].join('\n');
}

function isNumber(column: number, columns: number): boolean {
  return column > 2 && column < columns - 1;
}

function words({ known }: UnitReading): string {
  if (!known) return '–';
  return sayings(known)
    .map(({ words: said, score }) =>
      score === '' ? plainMarkdown(said) : `${plainMarkdown(said)} (${plainMarkdown(score)})`,
    )
    .join(' · ');
}
