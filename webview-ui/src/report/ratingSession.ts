import { isInterpError, toInterpError, type InterpError } from '../../../src/core/errors.ts';
import type { RatingCard } from '../../../src/protocol/explainContract.ts';
import type {
  PersistedReport,
  RatingPoints,
  ReportViewContract,
} from '../../../src/protocol/reportViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { NO_POINTS } from './persisted.ts';
import { SCALES, totalOf } from './rubric.ts';

/** A unit that was rated, told only afterwards. */
export interface Revealed {
  readonly unit: string;
  readonly words: string;
  readonly points: number;
}

interface SessionContext {
  readonly client: Client<ReportViewContract>;
  readonly kept: () => PersistedReport;
  readonly keep: (change: Partial<PersistedReport>) => void;
  readonly changed: () => void;
  readonly didRate: () => void;
}

/**
 * Cards dealt one after the other. The place in the deck and what was typed are kept by the page; the same families,
 * count and seed deal the same units again, so that a reload, and an engine that was started again, lose nothing.
 */
export class RatingSession {
  cards: readonly RatingCard[] | null = null;
  status: 'idle' | 'dealing' | 'saving' = 'idle';
  error: InterpError | null = null;
  /** The unit of the card before this one. */
  revealed: Revealed | null = null;
  /** Cards of this deck that were rated, not skipped. */
  rated = 0;
  readonly #context: SessionContext;
  /** What the deck at hand was dealt for. */
  #dealt: string | null = null;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** The card at hand; null = none was dealt, or all are through. */
  get card(): RatingCard | null {
    const { card } = this.#context.kept();
    return card === null ? null : (this.cards?.[card] ?? null);
  }

  /** Whether the last card of the deck is through. */
  get isThrough(): boolean {
    const { card } = this.#context.kept();
    return card !== null && this.cards !== null && card >= this.cards.length;
  }

  /** Deals the deck that was at hand before a reload. */
  resume(modelId: string): void {
    const { card, families, count, seed } = this.#context.kept();
    const key = JSON.stringify([modelId, families, count, seed]);
    if (card === null || key === this.#dealt) return;
    this.#dealt = key;
    void this.#deal();
  }

  /** Another deck. */
  start(families: readonly string[], count: number): void {
    this.cards = null;
    this.revealed = null;
    this.rated = 0;
    this.#dealt = null;
    const seed = Math.floor(Math.random() * 2 ** 31);
    this.#context.keep({ families, count, seed, card: 0, words: '', points: NO_POINTS });
  }

  /** Back to the choice of families. */
  end(): void {
    this.cards = null;
    this.error = null;
    this.#dealt = null;
    this.#context.keep({ card: null, words: '', points: NO_POINTS });
  }

  type(words: string): void {
    this.#context.keep({ words });
  }

  give(points: Partial<RatingPoints>): void {
    this.#context.keep({ points: { ...this.#context.kept().points, ...points } });
  }

  retry(): void {
    if (this.cards === null) void this.#deal();
    else void this.save();
  }

  skip(): void {
    this.revealed = null;
    this.#next();
  }

  /** Saves the rating, goes to the next card and tells what this one was. */
  async save(): Promise<void> {
    const { card } = this;
    const { words, points } = this.#context.kept();
    const total = totalOf(points);
    if (card === null || total === null || this.status !== 'idle') return;
    const given = Object.fromEntries(SCALES.map(({ key }) => [key, points[key] ?? 0]));
    const rating = { words: words.trim(), ...(given as Record<keyof RatingPoints, number>) };
    this.#set('saving');
    try {
      const { unit } = await this.#saved(card.cardId, rating);
      this.revealed = { unit, words: rating.words, points: total };
      this.rated++;
      this.status = 'idle';
      this.#context.didRate();
      this.#next();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The engine forgets its cards when it is started again: the same ones are dealt, and saved once more. */
  async #saved(
    cardId: string,
    rating: ReportViewContract['rating/save']['params']['rating'],
  ): Promise<{ readonly unit: string }> {
    const { client } = this.#context;
    try {
      return await client.request('rating/save', { cardId, rating });
    } catch (error) {
      if (!isInterpError(error, 'explain/unknown')) throw error;
      this.cards = await this.#ask();
      const again = this.card?.cardId;
      if (again === undefined) throw error;
      return client.request('rating/save', { cardId: again, rating });
    }
  }

  #next(): void {
    const { card } = this.#context.kept();
    this.#context.keep({ card: (card ?? 0) + 1, words: '', points: NO_POINTS });
  }

  async #deal(): Promise<void> {
    this.#set('dealing');
    const asked = this.#dealt;
    try {
      const cards = await this.#ask();
      if (asked !== this.#dealt) return;
      this.cards = cards;
      this.#set('idle');
    } catch (error) {
      if (asked === this.#dealt) this.#fail(error);
    }
  }

  #ask(): Promise<readonly RatingCard[]> {
    const { families, count, seed } = this.#context.kept();
    return this.#context.client.request('rating/deal', { families, count, seed });
  }

  #set(status: RatingSession['status']): void {
    this.status = status;
    this.error = null;
    this.#context.changed();
  }

  #fail(thrown: unknown): void {
    this.status = 'idle';
    this.error = toInterpError(thrown);
    this.#context.changed();
  }
}
