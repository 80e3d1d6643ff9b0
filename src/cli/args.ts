import { parseArgs } from 'node:util';
import type { SpeedChoice } from '../core/speed.ts';
import type { BosMode } from '../core/tokens/bos.ts';
import {
  DEBUG_FLAGS,
  DEBUG_OPTIONS,
  EXPERIMENT_FLAGS,
  EXPERIMENT_OPTIONS,
  readDebugArgs,
  readRunArgs,
  type DebugArgs,
  type RunArgs,
} from './debugArgs.ts';
import {
  EXPLAIN_OPTIONS,
  readExplainArgs,
  readFormat,
  type ExplainArgs,
  type ExportArgs,
  IMPORT_FLAGS,
  readImportArgs,
  type ImportArgs,
} from './explainArgs.ts';
import {
  ADD_FLAGS,
  HUB_OPTIONS,
  readAddArgs,
  readRemoveArgs,
  REMOVE_FLAGS,
  type AddArgs,
  type RemoveArgs,
} from './hubArgs.ts';
import type { SaeArgs } from './commands/sae.ts';
import { readSpeedFlags, SPEED_OPTIONS } from './speedFlags.ts';
import { readVerifyArgs, VERIFY_FLAGS, type VerifyArgs } from './commands/verify.ts';
import { LANGUAGE_OPTIONS } from './languageAccess.ts';
import { readInteger, readTemperature, usage } from './readFlags.ts';
import {
  INDEX_FLAGS,
  readIndexArgs,
  readScanArgs,
  SCAN_FLAGS,
  SCAN_OPTIONS,
  type IndexArgs,
  type ScanArgs,
} from './scanArgs.ts';

/** Flags that every command on a prompt has. Undefined = as the front matter says. */
export interface PromptArgs {
  readonly file: string;
  readonly model: string | undefined;
  readonly saes: readonly string[];
  readonly bos: BosMode | undefined;
  readonly json: boolean;
}

export interface TraceArgs extends PromptArgs {
  readonly hooks: readonly string[];
  readonly top: number;
  readonly safetensors: string | undefined;
}

export interface GenerateArgs extends PromptArgs {
  readonly max: number;
  readonly temperature: number;
  readonly seed: number | undefined;
}

export interface UnitArgs extends Pick<PromptArgs, 'model' | 'saes' | 'json'> {
  /** As it was typed. */
  readonly unit: string;
  readonly top: number;
}

export type CommandLine =
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'trace'; readonly args: TraceArgs }
  | { readonly command: 'tokens'; readonly args: PromptArgs }
  | { readonly command: 'generate'; readonly args: GenerateArgs }
  | { readonly command: 'debug'; readonly args: DebugArgs }
  | { readonly command: 'run'; readonly args: RunArgs }
  | { readonly command: 'scan'; readonly args: ScanArgs }
  | { readonly command: 'indexes'; readonly args: IndexArgs }
  | { readonly command: 'unit'; readonly args: UnitArgs }
  | { readonly command: 'sae'; readonly args: SaeArgs }
  | { readonly command: 'explain'; readonly args: ExplainArgs }
  | { readonly command: 'import'; readonly args: ImportArgs }
  | { readonly command: 'export'; readonly args: ExportArgs }
  | { readonly command: 'add'; readonly args: AddArgs }
  | { readonly command: 'remove'; readonly args: RemoveArgs }
  | { readonly command: 'verify'; readonly args: VerifyArgs }
  | {
      readonly command: 'models';
      readonly folders: readonly string[];
      readonly storage: string | undefined;
      readonly json: boolean;
    };

const ALL_OPTIONS = {
  model: { type: 'string' },
  sae: { type: 'string', multiple: true },
  bos: { type: 'string' },
  hook: { type: 'string', multiple: true },
  top: { type: 'string' },
  json: { type: 'boolean' },
  safetensors: { type: 'string' },
  max: { type: 'string' },
  temperature: { type: 'string' },
  seed: { type: 'string' },
  corpus: { type: 'string' },
  list: { type: 'boolean' },
  attach: { type: 'boolean' },
  detach: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  ...EXPERIMENT_OPTIONS,
  ...DEBUG_OPTIONS,
  ...EXPLAIN_OPTIONS,
  ...LANGUAGE_OPTIONS,
  format: { type: 'string' },
  records: { type: 'boolean' },
  ...SCAN_OPTIONS,
  ...HUB_OPTIONS,
  ...SPEED_OPTIONS,
} as const;

type OptionName = keyof typeof ALL_OPTIONS;
type Values = ReturnType<typeof parse>['values'];

const EXPLAIN_FLAGS = [
  ...Object.keys(EXPLAIN_OPTIONS),
  ...Object.keys(LANGUAGE_OPTIONS),
] as readonly OptionName[];
const PROMPT_OPTIONS: readonly OptionName[] = ['model', 'bos', 'json'];
const OPTIONS_OF: Readonly<Record<string, readonly OptionName[]>> = {
  trace: [...PROMPT_OPTIONS, 'sae', 'hook', 'top', 'safetensors'],
  tokens: PROMPT_OPTIONS,
  generate: [...PROMPT_OPTIONS, 'max', 'temperature', 'seed'],
  debug: [...PROMPT_OPTIONS, 'sae', 'seed', 'hook', ...EXPERIMENT_FLAGS, ...DEBUG_FLAGS],
  run: [...PROMPT_OPTIONS, 'sae', 'seed', 'top', 'max', 'temperature', ...EXPERIMENT_FLAGS],
  unit: ['model', 'sae', 'top', 'json'],
  sae: ['model', 'sae', 'corpus', 'max-tokens', 'list', 'attach', 'detach', 'json'],
  explain: ['model', 'sae', 'json', ...EXPLAIN_FLAGS],
  import: IMPORT_FLAGS,
  export: ['model', 'sae', 'units', 'format', 'out'],
  scan: SCAN_FLAGS,
  indexes: INDEX_FLAGS,
  models: ['storage', 'json'],
  add: ADD_FLAGS,
  remove: REMOVE_FLAGS,
  verify: VERIFY_FLAGS,
};

const DEFAULT_TOP = 10;
const DEFAULT_MAX = 20;
/** Tokens that the health of a SAE is measured on. */
const DEFAULT_SAMPLE = 1024;
const MODES: Readonly<Record<string, BosMode>> = { auto: 'auto', true: 'always', false: 'never' };

/** Reads the arguments after `underglass`. @throws cli/usage */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parse(argv);
  if (values.help === true || argv.length === 0) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  const [command = '', ...rest] = positionals;
  const allowed = OPTIONS_OF[command];
  if (!allowed) throw usage(command === '' ? 'A command is missing.' : `"${command}" is not a command.`);
  const foreign = (Object.keys(values) as OptionName[]).find(
    (name) => !allowed.includes(name) && !(name in SPEED_OPTIONS),
  );
  if (foreign !== undefined) throw usage(`${command} has no --${foreign}.`);
  const json = values.json ?? false;
  const ofPlaces = parseOfPlaces(command, rest, values);
  if (ofPlaces) return ofPlaces;

  if (command === 'unit') {
    const unit = oneOf(command, 'ID, such as L3N12 or 3-res/412', rest);
    const top = readInteger('top', values.top, 1) ?? DEFAULT_TOP;
    return { command, args: { unit, top, model: values.model, saes: values.sae ?? [], json } };
  }
  const subject = { model: values.model, saes: values.sae ?? [], json };
  if (command === 'sae') {
    if (rest[1] !== undefined) throw usage(`sae takes one ID; "${rest[1]}" is too much.`);
    const tokens = readInteger('max-tokens', values['max-tokens'], 16) ?? DEFAULT_SAMPLE;
    const does = readSaeUse(rest[0], values);
    return { command, args: { ...subject, id: rest[0], corpus: values.corpus, tokens, does } };
  }
  if (command === 'explain') return { command, args: readExplainArgs(subject, rest, values) };
  if (command === 'import') {
    return { command, args: readImportArgs(subject, rest, values) };
  }
  if (command === 'export') {
    const units = [...(values.units ?? []), ...rest];
    return { command, args: { ...subject, units, format: readFormat(values.format), out: values.out } };
  }
  const prompt = { file: oneFile(command, rest), model: values.model, saes: values.sae ?? [], json };
  const args: PromptArgs = { ...prompt, bos: readBos(values.bos) };
  if (command === 'tokens') return { command, args };
  if (command === 'debug') return { command, args: readDebugArgs(args, values) };
  if (command === 'run') return { command, args: readRunArgs(args, values) };
  if (command === 'generate') {
    return {
      command,
      args: {
        ...args,
        max: readInteger('max', values.max, 1) ?? DEFAULT_MAX,
        temperature: readTemperature(values.temperature),
        seed: readInteger('seed', values.seed, 0),
      },
    };
  }
  if (json && values.safetensors !== undefined) throw usage('--json and --safetensors exclude each other.');
  const top = readInteger('top', values.top, 1) ?? DEFAULT_TOP;
  return {
    command: 'trace',
    args: { ...args, hooks: values.hook ?? [], top, safetensors: values.safetensors },
  };
}

/** How the engine is to run, by the same arguments. @throws cli/usage, engine/bad-setting */
export function parseSpeedChoice(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SpeedChoice {
  return readSpeedFlags(parse(argv).values, environment);
}

/** Commands on what lies on this machine: models and indexes. */
function parseOfPlaces(command: string, rest: readonly string[], values: Values): CommandLine | null {
  switch (command) {
    case 'models':
      return { command, folders: rest, storage: values.storage, json: values.json ?? false };
    case 'add':
      return { command, args: readAddArgs(rest, values) };
    case 'remove':
      return { command, args: readRemoveArgs(rest, values) };
    case 'verify':
      return { command, args: readVerifyArgs(rest, values) };
    case 'scan':
      return { command, args: readScanArgs(rest, values) };
    case 'indexes':
      if (rest[0] !== undefined) throw usage(`indexes takes no FILE; "${rest[0]}" is too much.`);
      return { command, args: readIndexArgs(values) };
    default:
      return null;
  }
}

function parse(
  argv: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof ALL_OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: ALL_OPTIONS, allowPositionals: true });
  } catch (cause) {
    // parseArgs puts a hint about `--` behind its first sentence.
    const message =
      cause instanceof Error ? (cause.message.split(/\. |\n/)[0] ?? cause.message) : String(cause);
    const flag = /^Option '(?<flag>--[\w-]+)' argument is ambiguous/.exec(message)?.groups?.['flag'];
    if (flag) throw usage(`${flag} wants a value; one that begins with "-" is written ${flag}=-1.`, cause);
    throw usage(`${message.replace(/\.$/, '')}.`, cause);
  }
}

const SAE_USES = ['list', 'attach', 'detach'] as const;

/** What `sae` is to do. @throws cli/usage */
function readSaeUse(id: string | undefined, values: Values): SaeArgs['does'] {
  const [use, other] = SAE_USES.filter((each) => values[each] === true);
  if (use === undefined) return 'measure';
  if (other !== undefined) throw usage(`--${use} and --${other} exclude each other.`);
  if (use !== 'list' && id === undefined)
    throw usage(`sae --${use} wants an ID, such as gpt2-small/6-res-jb.`);
  return use;
}

function oneFile(command: string, rest: readonly string[]): string {
  return oneOf(command, 'FILE, or - for stdin', rest);
}

function oneOf(command: string, what: string, rest: readonly string[]): string {
  const [first, extra] = rest;
  if (first === undefined || first === '')
    throw usage(`${command} wants ${what.startsWith('I') ? 'an' : 'a'} ${what}.`);
  if (extra !== undefined)
    throw usage(`${command} takes one ${what.split(/\W/)[0] ?? ''}; "${extra}" is too much.`);
  return first;
}

function readBos(text: string | undefined): BosMode | undefined {
  if (text === undefined) return undefined;
  const mode = Object.hasOwn(MODES, text) ? MODES[text] : undefined;
  if (mode === undefined) throw usage(`--bos is auto, true or false, not "${text}".`);
  return mode;
}
