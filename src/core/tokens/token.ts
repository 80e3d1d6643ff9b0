/** A token and the text that it covers. */
export interface TextToken {
  readonly id: number;
  /** The token's own text; U+FFFD where it holds only part of a character. */
  readonly text: string;
  /** UTF-16 offsets in the text that was tokenized; BOS added by us is empty at its start. */
  readonly start: number;
  readonly end: number;
  /** Raw bytes, present only for tokens that split a character (their ranges overlap). */
  readonly bytes?: readonly number[];
}
