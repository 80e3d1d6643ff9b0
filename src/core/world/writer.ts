import type { Span } from './document.ts';

/** A slot's value in `Writer.fill`: plain text, or text with the concepts it carries. */
export type Piece = string | { readonly text: string; readonly concepts: readonly string[] };

/** Text with concepts, for `Writer.fill`. */
export function piece(text: string, ...concepts: string[]): Piece {
  return { text, concepts };
}

/** Collects a document's text and its spans as it is written. */
export class Writer {
  private parts = '';
  private readonly collected: Span[] = [];

  get text(): string {
    return this.parts;
  }

  get spans(): readonly Span[] {
    return this.collected;
  }

  /** Appends text; it carries the given concepts, if any. */
  say(text: string, ...concepts: string[]): this {
    const start = this.parts.length;
    this.parts += text;
    this.mark(start, concepts);
    return this;
  }

  /** Runs `body`; all it writes carries the concepts. */
  within(concepts: readonly string[], body: () => void): this {
    const start = this.parts.length;
    body();
    this.mark(start, concepts);
    return this;
  }

  /** Writes a template in which `<slot>` stands for a piece. @throws RangeError for a slot without value. */
  fill(template: string, slots: Readonly<Record<string, Piece>>): this {
    template.split(/<(\w+)>/).forEach((part, index) => {
      if (index % 2 === 0) {
        this.parts += part;
        return;
      }
      const value = slots[part];
      if (value === undefined) throw new RangeError(`No value for <${part}> in "${template}"`);
      if (typeof value === 'string') this.parts += value;
      else this.say(value.text, ...value.concepts);
    });
    return this;
  }

  private mark(start: number, concepts: readonly string[]): void {
    if (concepts.length > 0 && this.parts.length > start) {
      this.collected.push({ start, end: this.parts.length, concepts });
    }
  }
}
