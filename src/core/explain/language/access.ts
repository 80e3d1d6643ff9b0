/** How a language model is reached. The key travels with the job that needs it and is kept nowhere. */
export type LanguageAccess =
  | {
      readonly kind: 'openai';
      readonly baseUrl: string;
      readonly model: string;
      readonly key: string | null;
      /** Requests at once. */
      readonly concurrency: number;
    }
  | {
      /** A model of VS Code's own, asked through the host (`language/didAsk`). */
      readonly kind: 'editor';
      readonly model: string;
    };

/** What a server can do, found out by asking it. */
export interface LanguageCapabilities {
  readonly promptLogprobs: boolean;
  readonly outputLogprobs: boolean;
  readonly json: boolean;
  /** What was found, one sentence each. */
  readonly notes: readonly string[];
}

/** Caps of one run; null = no cap. */
export interface LanguageBudget {
  readonly requests: number | null;
  readonly tokens: number | null;
}
