import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type {
  LanguageAccess,
  LanguageBudget,
  LanguageCapabilities,
} from '../../core/explain/language/access.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { readBaseUrl, type BaseUrl } from './baseUrl.ts';
import { createBudget, type Budget } from './budget.ts';
import { extraTokens, printProbed, readProbed, type Probed } from './dialect.ts';
import { EDITOR_CAPABILITIES, editorSend, type AskEditor } from './editorModel.ts';
import { openExchange, type Fetch, type OpenAiAccess } from './exchange.ts';
import { layeredModel } from './languageModel.ts';
import { openaiSend } from './openaiSend.ts';
import { probeServer } from './probe.ts';
import { replyRedactor } from './redact.ts';
import { replyCache } from './replyCache.ts';
import { systemClock, type Clock } from '../clock.ts';
import { readJson } from '../files/jsonFile.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { DEFAULT_TRIES, retrying, type Sender } from './retry.ts';
import { createSemaphore } from './semaphore.ts';

export interface LanguageOptions {
  /** Folder of everything that may be kept; replies and probes go to its `language/`. */
  readonly storage: string;
  readonly budget: LanguageBudget;
  /** Asks the host for a model of VS Code's own; null where there is no host. */
  readonly askEditor: AskEditor | null;
  readonly signal: AbortSignal;
  /** Longest wait for one answer. */
  readonly timeoutMs?: number;
  /** Tries of one request in all. */
  readonly tries?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly fetch?: Fetch;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const EDITOR_AT_ONCE = 2;

/**
 * Opens the language model that was chosen. The first time with a server and model a few tiny requests find out what
 * it can do; what they found is kept. Nothing is sent anywhere but to the base URL.
 * @throws language/not-configured, and what a probe throws
 */
export async function openLanguage(
  access: LanguageAccess | null,
  options: LanguageOptions,
): Promise<LanguageModel> {
  if (access === null) throw new InterpError('language/not-configured', 'No language model is configured.');
  const cache = replyCache(folderOf(options));
  const budget = createBudget(options.budget);
  if (access.kind === 'editor') {
    const { askEditor } = options;
    if (askEditor === null) {
      throw new InterpError('language/not-configured', 'Models of VS Code can be asked in VS Code alone.');
    }
    const send = editorSend(access.model, askEditor, createSemaphore(EDITOR_AT_ONCE));
    const identity = ['editor', access.model];
    return layeredModel({
      name: access.model,
      capabilities: EDITOR_CAPABILITIES,
      identity,
      send,
      extraTokens: 0,
      cache,
      budget,
    });
  }
  const { base, sender } = openSender(access, options);
  const { capabilities, dialect } = await probed(access, { ...options, base, sender, counted: budget });
  const atOnce = createSemaphore(access.concurrency);
  const { model } = access;
  const send = openaiSend({ model, dialect, sender, atOnce, redact: replyRedactor(access.key) });
  const identity = [base.url, model, JSON.stringify(dialect)];
  return layeredModel({
    name: model,
    capabilities,
    identity,
    send,
    extraTokens: extraTokens(dialect),
    cache,
    budget,
  });
}

/** Asks a server anew what it can do, whatever was found before. @throws language/*, cancelled */
export async function probeLanguage(
  access: LanguageAccess,
  options: LanguageOptions,
): Promise<LanguageCapabilities> {
  if (access.kind === 'editor') {
    return { ...EDITOR_CAPABILITIES, notes: ['Models of VS Code tell no log-probabilities.'] };
  }
  const { base, sender } = openSender(access, options);
  const probe = { ...options, base, sender, counted: createBudget(options.budget) };
  return (await probeAnew(access, probe)).capabilities;
}

/** What was found out of a server and model before, without asking: for estimates. Null = nothing yet. */
export async function knownCapabilities(
  access: LanguageAccess,
  storage: string,
): Promise<LanguageCapabilities | null> {
  if (access.kind === 'editor') return { ...EDITOR_CAPABILITIES, notes: [] };
  const base = readBaseUrl(access.baseUrl);
  return readProbed(await readJson(probePath(access, { base, storage })))?.capabilities ?? null;
}

interface ProbeContext extends LanguageOptions {
  readonly base: BaseUrl;
  readonly sender: Sender;
  readonly counted: Budget;
}

function openSender(
  access: OpenAiAccess,
  {
    clock = systemClock,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    fetch = globalThis.fetch,
    ...options
  }: LanguageOptions,
): { readonly base: BaseUrl; readonly sender: Sender } {
  const base = readBaseUrl(access.baseUrl);
  const exchange = openExchange(access, base, { clock, timeoutMs, fetch });
  const { random = Math.random, tries = DEFAULT_TRIES } = options;
  return { base, sender: retrying(exchange, { clock, random, tries }) };
}

async function probed(access: OpenAiAccess, context: ProbeContext): Promise<Probed> {
  const known = readProbed(await readJson(probePath(access, context)));
  return known ?? probeAnew(access, context);
}

async function probeAnew(access: OpenAiAccess, context: ProbeContext): Promise<Probed> {
  const { base, sender, counted: budget, signal } = context;
  const found = await probeServer({ model: access.model, base, sender, budget, signal });
  await replaceFile(probePath(access, context), JSON.stringify(printProbed(found)));
  return found;
}

function probePath({ model }: OpenAiAccess, context: Pick<ProbeContext, 'base' | 'storage'>): string {
  const id = createHash('sha256')
    .update(JSON.stringify([context.base.url, context.base.query, model]))
    .digest('hex');
  return join(folderOf(context), 'probes', `${id}.json`);
}

function folderOf({ storage }: Pick<LanguageOptions, 'storage'>): string {
  return join(storage, 'language');
}
