/** Parts that are held: a sweep over all neurons of a large model has fewer. */
const MOST = 1000;

/**
 * What sweeps and patching of the current run have measured, so that a page that VS Code has dropped and made again
 * finds it. Failures are not held.
 */
export class MeasuredParts {
  private readonly parts = new Map<string, unknown>();
  private debugId: string | null = null;

  /** The answer of before, or a new one. Parts of an earlier run are forgotten. */
  async get<R>(method: string, params: { readonly debugId: string }, ask: () => Promise<R>): Promise<R> {
    if (params.debugId !== this.debugId) this.parts.clear();
    this.debugId = params.debugId;
    const key = `${method} ${JSON.stringify(params)}`;
    // Only what was answered to the same question is under this key.
    if (this.parts.has(key)) return this.parts.get(key) as R;
    const result = await ask();
    if (params.debugId === this.debugId && this.parts.size < MOST) this.parts.set(key, result);
    return result;
  }
}
