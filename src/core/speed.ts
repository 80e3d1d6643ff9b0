import { InterpError } from './errors.ts';

/** Whether block weights are copied into the layout that products like best: as memory and size allow, always, never. */
export const PREPACK_CHOICES = ['auto', 'on', 'off'] as const;
export type PrepackChoice = (typeof PREPACK_CHOICES)[number];

/** ONNX Runtime's execution providers that its Node package brings on some platform; `auto` is the CPU. */
export const PROVIDER_CHOICES = ['auto', 'cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const;
export type ProviderChoice = (typeof PROVIDER_CHOICES)[number];

/** What a person chose of how fast and how large the engine runs. */
export interface SpeedChoice {
  /** Null = by the machine's cores. */
  readonly threads: number | null;
  readonly prepack: PrepackChoice;
  readonly provider: ProviderChoice;
}

/** How the engine runs, as it was chosen or found. */
export interface SpeedInUse {
  readonly threads: number;
  /** Execution provider of ONNX Runtime. */
  readonly provider: string;
  /** Providers that ONNX Runtime names on this platform, of those that can be asked for. */
  readonly providers: readonly string[];
  readonly prepack: PrepackChoice;
  /** Plain sentences: what was asked for and could not be had. */
  readonly notes: readonly string[];
}

export const AUTOMATIC: SpeedChoice = { threads: null, prepack: 'auto', provider: 'auto' };

/** Environment variables that the engine and the command line read. */
export const SPEED_VARIABLES = {
  threads: 'UNDERGLASS_THREADS',
  prepack: 'UNDERGLASS_PREPACK',
  provider: 'UNDERGLASS_EXECUTION_PROVIDER',
} as const satisfies Record<keyof SpeedChoice, string>;

/** Session pools of more threads than this only wait for each other. */
const MOST_THREADS = 64;

/** Choices as they are written in an environment or in settings. */
export type SpeedText = Partial<Readonly<Record<keyof SpeedChoice, string | undefined>>>;

/**
 * Reads what was typed; an absent or empty field is automatic, as are `auto` and `0` for threads.
 * @param names of the fields, as a person knows them. @throws engine/bad-setting naming field, value and what it may be
 */
export function parseSpeed(
  text: SpeedText,
  names: Readonly<Record<keyof SpeedChoice, string>> = SPEED_VARIABLES,
): SpeedChoice {
  return {
    threads: parseThreads(text.threads, names.threads),
    prepack: oneOf(PREPACK_CHOICES, text.prepack, names.prepack),
    provider: oneOf(PROVIDER_CHOICES, text.provider, names.provider),
  };
}

/** The same of environment variables. @throws engine/bad-setting */
export function speedOf(environment: Readonly<Record<string, string | undefined>>): SpeedText {
  const { threads, prepack, provider } = SPEED_VARIABLES;
  return { threads: environment[threads], prepack: environment[prepack], provider: environment[provider] };
}

/** Environment variables that say the same; what is automatic is left out. */
export function speedVariables({ threads, prepack, provider }: SpeedChoice): Record<string, string> {
  return {
    ...(threads === null ? {} : { [SPEED_VARIABLES.threads]: String(threads) }),
    ...(prepack === 'auto' ? {} : { [SPEED_VARIABLES.prepack]: prepack }),
    ...(provider === 'auto' ? {} : { [SPEED_VARIABLES.provider]: provider }),
  };
}

/**
 * Environment of an engine process, read by glibc's allocator alone: larger pieces are mapped and given back as soon as
 * they are free. Its own moving threshold keeps half-precision weights that were cast, in holes that nothing fits:
 * measured on GPT-2 XL, 0.6 to 1.8 GB instead of 0.5. Traces take 2 % more processor time.
 */
export const ALLOCATOR_VARIABLES = { MALLOC_MMAP_THRESHOLD_: String(4 * 2 ** 20) } as const;

/** One line: `2 threads, cpu (here: cpu, webgpu, cuda), prepack auto`. */
export function speedText({ threads, provider, providers, prepack }: SpeedInUse): string {
  const here = providers.length > 1 ? ` (ONNX Runtime here: ${providers.join(', ')})` : '';
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${provider}${here}, prepack ${prepack}`;
}

function parseThreads(text: string | undefined, name: string): number | null {
  if (text === undefined || text === '' || text === 'auto' || text === '0') return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST_THREADS) return value;
  throw badSetting(name, text, `a whole number from 1 to ${MOST_THREADS}, or auto`);
}

function oneOf<const Choice extends string>(
  choices: readonly Choice[],
  text: string | undefined,
  name: string,
): Choice | 'auto' {
  if (text === undefined || text === '') return 'auto';
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw badSetting(name, text, choices.join(', '));
}

function badSetting(name: string, value: string, expected: string): InterpError {
  return new InterpError('engine/bad-setting', `${name} is "${value}"; it must be ${expected}.`, {
    data: { setting: name, found: value, expected },
  });
}
