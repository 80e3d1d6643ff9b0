import { percent } from '../../core/percent.ts';
import type { TokenReading, UnitReading } from '../../core/trace/readings.ts';
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
  /** Folder of the model. */
  readonly model: string;
  /** Whether the model has SAEs at all. */
  readonly hasSaes: boolean;
  /** Whether the prompt has edits, which a trace leaves out. */
  readonly ignoresEdits: boolean;
}

/** What a hover says of one token, as Markdown. */
export function hoverText(hover: HoverToken): string {
  const { token, position } = hover;
  const head = `**${codeSpan(visibleToken(token))}** — token ${token.id} at position ${position}`;
  const parts = [head, foreseen(hover), latentTable(hover), actions(hover)];
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

/** Spaces that do not break: in a narrow column a number's title would begin a line below the others. */
function latentTable({ uri, position, latents, hasSaes, model }: HoverToken): string {
  if (!hasSaes) return 'No sparse autoencoders are attached to this model.';
  if (latents === null) return '';
  if (latents.length === 0) return 'No SAE latent is active here.';
  const rows = latents.map((latent) => {
    const link = commandLink(COMMANDS.showUnit, uri, position, latent.unit);
    const ablate = commandLink(COMMANDS.ablate, uri, position, latent.unit);
    const page = commandLink(COMMANDS.openUnit, latent.id, model);
    return `| [${codeSpan(latent.id)}](${link} "Show it in the trace panel") [$(book)](${page} "Open its page") [$(circle-slash)](${ablate} "Ablate it here") | &nbsp;&nbsp;${short(latent.value)}&nbsp;&nbsp; | ${words(latent)} |`;
  });
  return ['| SAE latent | &nbsp;&nbsp;activation&nbsp;&nbsp; | stands for |', '|:--|--:|:--|', ...rows].join(
    '\n',
  );
}

function words({ known }: UnitReading): string {
  if (!known) return '–';
  return sayings(known)
    .map(({ words: said, score }) =>
      score === '' ? plainMarkdown(said) : `${plainMarkdown(said)} (${plainMarkdown(score)})`,
    )
    .join(' · ');
}
