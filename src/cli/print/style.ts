/** What a stretch of terminal text is; without colour all of it is plain. */
export type Tone = 'strong' | 'dim' | 'bar' | 'good' | 'warn';

export type Paint = (tone: Tone, text: string) => string;

const CODES: Readonly<Record<Tone, string>> = { strong: '1', dim: '2', bar: '33', good: '36', warn: '35' };

export function painter(options: { readonly color: boolean }): Paint {
  return (tone, text) => (options.color && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text);
}
