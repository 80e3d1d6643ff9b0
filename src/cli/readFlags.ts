import { InterpError } from '../core/errors.ts';

/** A whole number of at least `least`; undefined when the flag is absent. @throws cli/usage */
export function readInteger(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw usage(`--${name} wants a whole number from ${least}, not "${text}".`);
}

/** @throws cli/usage */
export function readTemperature(text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usage(`--temperature wants a number from 0, not "${text}".`);
}

export function usage(message: string, cause?: unknown): InterpError {
  return new InterpError('cli/usage', message, { cause });
}
