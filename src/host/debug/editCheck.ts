import { isInterpError } from '../../core/errors.ts';
import { editProblem, parseEdit, type WrittenEdit } from '../../core/prompt/edits.ts';
import { formatPosition, resolvePosition, type Position } from '../../core/prompt/position.ts';
import type { EditComplaint, EditFix } from '../../protocol/debugViewContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';

/** What an edit is checked against. */
export interface EditSurroundings {
  readonly model: Pick<ModelInfo, 'name' | 'n_layers' | 'n_heads' | 'd_mlp' | 'saes'>;
  /** Of the prompt that is edited; null before the first run, when positions are not looked at. */
  readonly tokens: readonly { readonly text: string }[] | null;
  readonly corrupted: string | null;
  readonly reference: string | null;
}

/**
 * What is wrong with a written edit and what would mend it: its grammar, whether the model has the unit, whether the
 * prompt has the tokens, and whether there is what it takes values from. Null when it is good.
 */
export function editComplaint(text: string, around: EditSurroundings): EditComplaint | null {
  const problem = editProblem(text);
  if (problem) return { ...problem, fix: null };
  const edit = parseEdit(text);
  return unknownUnit(text, around) ?? missingToken(text, edit, around) ?? missingSource(text, edit, around);
}

function unknownUnit(text: string, { model }: EditSurroundings): EditComplaint | null {
  const start = /^\s*(?:off\s+)?/.exec(text)?.[0].length ?? 0;
  const name = text.slice(start, text.indexOf('@', start));
  const complaint = (message: string): EditComplaint => ({
    message,
    start,
    end: start + name.length,
    fix: null,
  });
  const layer = /^L(\d+)/.exec(name)?.[1];
  if (layer !== undefined && Number(layer) >= model.n_layers)
    return complaint(`${model.name} has layers 0 to ${model.n_layers - 1}`);
  const head = /^L\d+H(\d+)/.exec(name)?.[1];
  if (head !== undefined && Number(head) >= model.n_heads)
    return complaint(`each layer of ${model.name} has heads 0 to ${model.n_heads - 1}`);
  const neuron = /^L\d+N(\d+)/.exec(name)?.[1];
  if (neuron !== undefined && Number(neuron) >= model.d_mlp)
    return complaint(`each layer of ${model.name} has neurons 0 to ${model.d_mlp - 1}`);
  const [, id, latent] = /^(\d+-[^/\s]+)\/(\d+|error)$/.exec(name) ?? [];
  if (id === undefined) return null;
  const sae = model.saes.find((attached) => attached.id === id);
  if (!sae) return complaint(`no SAE ${id} is attached`);
  return Number(latent) >= sae.d_sae ? complaint(`SAE ${id} has latents 0 to ${sae.d_sae - 1}`) : null;
}

function missingToken(
  text: string,
  { positions, sources }: WrittenEdit,
  { tokens }: EditSurroundings,
): EditComplaint | null {
  if (tokens === null) return null;
  for (const position of sources === null ? [positions] : [positions, sources]) {
    const why = outside(position, tokens);
    if (why === null) continue;
    const written = formatPosition(position).slice(1);
    const at = text.indexOf(written, text.indexOf('@'));
    // Another spelling of the same position: the whole place is marked.
    const start = at < 0 ? text.indexOf('@') + 1 : at;
    const end = at < 0 ? start + (/^\S*/.exec(text.slice(start))?.[0].length ?? 0) : at + written.length;
    return {
      message: why,
      start,
      end,
      fix: at < 0 ? null : replaced(text, { start, end }, position, tokens),
    };
  }
  return null;
}

function outside(position: Position, tokens: readonly { readonly text: string }[]): string | null {
  try {
    resolvePosition(position, tokens);
    return null;
  } catch (error) {
    if (isInterpError(error, 'position/out-of-range')) return error.message;
    throw error;
  }
}

/** The token that was probably meant: with its leading space, an earlier occurrence of it, or the last one. */
function replaced(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  position: Position,
  tokens: readonly { readonly text: string }[],
): EditFix {
  const candidates: readonly Position[] =
    position.kind === 'text'
      ? [position.text, ` ${position.text}`, position.text.trim()].map((form) => ({
          ...position,
          text: form,
          occurrence: 1,
        }))
      : [];
  const meant = candidates.find((each) => outside(each, tokens) === null) ?? { kind: 'last' };
  return {
    kind: 'replace',
    text: `${text.slice(0, start)}${formatPosition(meant).slice(1)}${text.slice(end)}`,
  };
}

/** An edit that takes its values from a prompt that is not there. */
function missingSource(
  text: string,
  { change }: WrittenEdit,
  { corrupted, reference }: EditSurroundings,
): EditComplaint | null {
  const kind = /\S+(?:\s+corrupted)?\s*$/.exec(text);
  const place = { start: kind?.index ?? 0, end: text.trimEnd().length };
  if (change.kind === 'corrupted' && corrupted === null) {
    const message = 'there is no corrupted prompt to take the value from';
    return { message, ...place, fix: { kind: 'corrupted' } };
  }
  if (change.kind === 'mean' && reference === null) {
    const message = 'there is no reference to take the mean over; add `reference` to the front matter';
    return { message, ...place, fix: { kind: 'reference' } };
  }
  return null;
}
