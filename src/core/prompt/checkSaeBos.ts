import { END_OF_TEXT } from '../tokens/definition.ts';
import type { PromptFile } from './parsePrompt.ts';
import type { Fix, Problem, TextRange } from './problem.ts';
import { setFrontMatterKeys } from './setFrontMatterKeys.ts';

/** What decides how the SAEs of a prompt meet it. */
export interface SaeBosOptions {
  /** Whether `auto` prepends BOS for this model. */
  readonly bos: boolean;
  readonly saes: readonly { readonly id: string; readonly prepend_bos: boolean }[];
}

/**
 * SAEs that were trained with BOS on a prompt that gets none, or the reverse: their latents mean less there. The fix is
 * offered where it suits all SAEs of the prompt.
 */
export function checkSaeBos(file: PromptFile, { bos, saes }: SaeBosOptions): Problem[] {
  if (file.problems.some(({ severity }) => severity === 'error')) return [];
  const mode = file.frontMatter.bos?.value ?? 'auto';
  const hasBos = mode === 'always' || (mode === 'auto' && (bos || file.body.text.startsWith(END_OF_TEXT)));
  const others = saes.filter(({ prepend_bos }) => prepend_bos !== hasBos);
  if (others.length === 0) return [];
  const ids = others.map(({ id }) => id).join(', ');
  const who = others.length === 1 ? `SAE ${ids} was` : `SAEs ${ids} were`;
  const how = hasBos ? 'without BOS, and this prompt gets one' : 'with BOS, and this prompt gets none';
  const isAll = others.length === saes.length;
  const fix = isAll ? fixOf(file, { bos: !hasBos }) : null;
  const remedy = fix
    ? `\`bos: ${!hasBos}\` makes it like its training.`
    : isAll
      ? `Take the ${END_OF_TEXT} off the text.`
      : 'The other SAEs of the prompt were not: no `bos:` suits all.';
  return [
    {
      code: 'sae-bos',
      severity: mode === 'auto' ? 'warning' : 'info',
      message: `${who} trained ${how}. ${remedy}`,
      ...placeOf(file),
      ...(fix ? { fix } : {}),
    },
  ];
}

function fixOf(file: PromptFile, { bos }: { readonly bos: boolean }): Fix | null {
  // A prompt that writes its BOS itself has one whatever the key says.
  if (!bos && file.body.text.startsWith(END_OF_TEXT)) return null;
  const edit = setFrontMatterKeys(file.text, [['bos', bos]]);
  return edit && { title: `Set bos: ${bos}`, edits: [edit] };
}

/** What chose BOS or the SAEs; the first character of the text where settings did. */
function placeOf({ frontMatter, body }: PromptFile): TextRange {
  const { bos, sae, model } = frontMatter;
  const { start, end } = (bos ?? sae ?? model)?.range ?? {
    start: body.start,
    end: Math.min(body.end, body.start + 1),
  };
  return { start, end };
}
