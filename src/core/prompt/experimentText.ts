import type { ScalarName } from './keys.ts';
import type { PromptFile } from './parsePrompt.ts';
import { formatPosition } from './position.ts';

/** The part of an experiment that a prompt file says, as it is written. */
export interface WrittenExperiment {
  readonly targets: readonly string[];
  readonly distractors: readonly string[];
  readonly scalar: ScalarName;
  readonly position: string;
  /** In order; `off ` before disabled ones. */
  readonly edits: readonly string[];
  /** Text, or the name of a file with it: see `namesFile`. */
  readonly corrupted: string | null;
  readonly reference: string | null;
  readonly seed: number;
}

/** The experiment of a prompt file, with the default of every key that is absent. */
export function writtenExperiment({ frontMatter }: Pick<PromptFile, 'frontMatter'>): WrittenExperiment {
  const { position } = frontMatter;
  return {
    targets: frontMatter.target?.value ?? [],
    distractors: frontMatter.distractor?.value ?? [],
    scalar: frontMatter.scalar?.value ?? 'logit_diff',
    position: position ? formatPosition(position.value) : '@last',
    edits: frontMatter.ablate?.value ?? [],
    corrupted: frontMatter.corrupted?.value ?? null,
    reference: frontMatter.reference?.value ?? null,
    seed: frontMatter.seed?.value ?? 0,
  };
}
