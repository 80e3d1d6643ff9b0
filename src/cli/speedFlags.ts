import { isInterpError } from '../core/errors.ts';
import { parseSpeed, SPEED_VARIABLES, speedOf, type SpeedChoice } from '../core/speed.ts';
import { usage } from './readFlags.ts';

/** How the engine runs; every command takes them. */
export const SPEED_OPTIONS = {
  threads: { type: 'string' },
  prepack: { type: 'string' },
  provider: { type: 'string' },
} as const;

const NAMES = { threads: '--threads', prepack: '--prepack', provider: '--provider' } as const;

export type SpeedFlags = Partial<Readonly<Record<keyof SpeedChoice, string | undefined>>>;

/** Flags win over the environment. @throws cli/usage for a flag, engine/bad-setting for a variable */
export function readSpeedFlags(
  flags: SpeedFlags,
  environment: Readonly<Record<string, string | undefined>>,
): SpeedChoice {
  const typed = withUsage(flags);
  const inherited = parseSpeed(speedOf(environment), SPEED_VARIABLES);
  return {
    threads: flags.threads === undefined ? inherited.threads : typed.threads,
    prepack: flags.prepack === undefined ? inherited.prepack : typed.prepack,
    provider: flags.provider === undefined ? inherited.provider : typed.provider,
  };
}

function withUsage(flags: SpeedFlags): SpeedChoice {
  try {
    return parseSpeed(flags, NAMES);
  } catch (error) {
    throw isInterpError(error, 'engine/bad-setting') ? usage(error.message, error) : error;
  }
}
