import * as vscode from 'vscode';
import { isInterpError, toInterpError, type InterpError } from '../../core/errors.ts';
import { checkSaeBos } from '../../core/prompt/checkSaeBos.ts';
import { parsePrompt, type PromptFile } from '../../core/prompt/parsePrompt.ts';
import type { Fix, Problem, TextRange } from '../../core/prompt/problem.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { absentName } from '../hub/absent.ts';
import type { Engine, Models } from '../session/session.ts';
import { rangeOf } from './ranges.ts';
import { tokenProblems } from './tokenProblems.ts';

const DEBOUNCE_MS = 250;

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** A problem of a prompt file, with its fix for the code actions. */
export class PromptDiagnostic extends vscode.Diagnostic {
  readonly fix: Fix | null;
  /** What is named and not installed: text that adds it; null = nothing. */
  readonly absent: string | null;
  /** Of the document when it was checked: a fix of an older text is not offered. */
  readonly version: number;

  constructor(
    document: vscode.TextDocument,
    problem: Omit<Problem, 'code'> & { readonly code: string },
    absent: string | null = null,
  ) {
    super(rangeOf(document, problem), problem.message, SEVERITIES[problem.severity]);
    this.source = 'Underglass';
    this.code = problem.code;
    this.fix = problem.fix ?? null;
    this.absent = absent;
    this.version = document.version;
  }
}

/** Diagnostics of prompt files: what is written wrong at once, what only the tokenizer knows when the model is open. */
export function registerDiagnostics(
  models: Models,
  engine: Engine,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const checker = new PromptChecker({ models, engine, log });
  for (const document of vscode.workspace.textDocuments) checker.check(document, 0);
  return vscode.Disposable.from(
    checker,
    vscode.workspace.onDidOpenTextDocument((document) => checker.check(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => checker.check(document, DEBOUNCE_MS)),
    vscode.workspace.onDidCloseTextDocument((document) => checker.clear(document.uri)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => checker.checkAll()),
    models.onDidInstall(() => checker.checkAll()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const names = ['underglass.modelFolder', 'underglass.saeFolders'];
      if (names.some((name) => event.affectsConfiguration(name))) checker.checkAll();
    }),
  );
}

interface CheckContext {
  readonly models: Models;
  readonly engine: Engine;
  readonly log: vscode.LogOutputChannel;
}

interface Check {
  readonly timer: NodeJS.Timeout;
  readonly job: AbortController;
}

class PromptChecker implements vscode.Disposable {
  private readonly context: CheckContext;
  private readonly collection = vscode.languages.createDiagnosticCollection('underglass');
  private readonly checks = new Map<string, Check>();

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** Checks after a while; an earlier check of the document that is still under way is dropped. */
  check(document: vscode.TextDocument, delay: number): void {
    if (document.languageId !== LANGUAGE_ID) return;
    this.stop(document.uri);
    const job = new AbortController();
    const timer = setTimeout(() => void this.run(document, job.signal), delay);
    this.checks.set(document.uri.toString(), { timer, job });
  }

  checkAll(): void {
    for (const document of vscode.workspace.textDocuments) this.check(document, DEBOUNCE_MS);
  }

  clear(uri: vscode.Uri): void {
    this.stop(uri);
    this.collection.delete(uri);
  }

  dispose(): void {
    for (const { timer, job } of this.checks.values()) {
      clearTimeout(timer);
      job.abort();
    }
    this.collection.dispose();
  }

  private stop(uri: vscode.Uri): void {
    const check = this.checks.get(uri.toString());
    if (!check) return;
    clearTimeout(check.timer);
    check.job.abort();
    this.checks.delete(uri.toString());
  }

  private async run(document: vscode.TextDocument, signal: AbortSignal): Promise<void> {
    const file = parsePrompt(document.getText());
    const publish = (more: readonly PromptDiagnostic[]): void => {
      if (signal.aborted || document.isClosed) return;
      const written = file.problems.map((problem) => new PromptDiagnostic(document, problem));
      this.collection.set(document.uri, [...written, ...more]);
    };
    // The first model takes a while to open; later ones answer before anybody sees a squiggle come and go.
    if (!this.context.models.current) publish([]);
    publish(await this.modelProblems(document, { file, signal }));
  }

  private async modelProblems(
    document: vscode.TextDocument,
    { file, signal }: { readonly file: PromptFile; readonly signal: AbortSignal },
  ): Promise<PromptDiagnostic[]> {
    const { models, engine, log } = this.context;
    try {
      const model = await models.openFor(document, { signal });
      const { modelId } = model;
      const problems = await tokenProblems(file, model, (text) =>
        engine.request('tokens/encode', { modelId, text, bos: 'never' }, { signal }),
      );
      return [...problems, ...checkSaeBos(file, model)].map(
        (problem) => new PromptDiagnostic(document, problem),
      );
    } catch (error) {
      const { code, message, next } = toInterpError(error);
      if (code !== 'cancelled') log.info(`${document.uri.path} is checked without the tokenizer: ${message}`);
      const place = isInterpError(error) ? placeOf(error, file) : null;
      if (!place) return [];
      const problem = { code, severity: 'error', message: `${message} ${next}`, ...place } as const;
      return [new PromptDiagnostic(document, problem, absentName(toInterpError(error)))];
    }
  }
}

/** What the front matter names and could not be opened; other failures are shown where the trace is. */
function placeOf(error: InterpError, { frontMatter }: PromptFile): TextRange | null {
  if (error.code.startsWith('sae/')) return frontMatter.sae?.range ?? null;
  const ofModel = /^(model|weights|tokenizer|file|request\/untrusted)/.test(error.code);
  return ofModel ? (frontMatter.model?.range ?? frontMatter.sae?.range ?? null) : null;
}
