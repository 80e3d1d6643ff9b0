/** UTF-16 offsets in the file, end exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Replaces a range by text; an insertion has an empty range. */
export interface TextEdit extends TextRange {
  readonly newText: string;
}

/** What a person can choose to mend a problem. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** Kinds of problems of a prompt file, as the editor shows them. */
export type ProblemCode =
  | 'yaml'
  | 'unterminated'
  | 'too-large'
  | 'not-a-mapping'
  | 'unknown-key'
  | 'duplicate-key'
  | 'wrong-type'
  | 'bad-value'
  | 'empty-prompt'
  | 'too-many-tokens'
  | 'trailing-space'
  | 'not-one-token'
  | 'no-leading-space'
  | 'position'
  | 'sae-bos';

/** Something to say about a stretch of a prompt file. The closed set of codes is `ProblemCode`. */
export interface Problem extends TextRange {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly fix?: Fix;
}
