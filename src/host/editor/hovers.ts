import * as vscode from 'vscode';
import { describeKey } from '../../core/prompt/keys.ts';
import { editAt, keyAt } from '../../core/prompt/completions.ts';
import { parsePrompt } from '../../core/prompt/parsePrompt.ts';
import type { TraceView } from '../../protocol/viewContract.ts';
import { COMMANDS, CONTEXT_KEYS, LANGUAGE_ID } from '../contributions.ts';
import type { PromptSession, Sessions } from '../session/session.ts';
import { commandLink, plainMarkdown } from './format.ts';
import { hoverText, type HoverToken } from './hoverText.ts';
import { rangeOf, signalOf } from './ranges.ts';

const SELECTOR: vscode.DocumentSelector = [
  { language: LANGUAGE_ID },
  { scheme: 'file' },
  { scheme: 'vscode-remote' },
  { scheme: 'untitled' },
];

const LATENTS = 5;
/** Fewer below latents: a hover that scrolls is not read. */
const NEURONS = { alone: 3, belowLatents: 2 };

/** A first hover waits so long for its trace (VS Code shows that it is loading); then it says that one is under way. */
const PATIENCE_MS = 4000;

/** Hovers over tokens of traced documents (prompt files are traced by the first one) and over front-matter keys. */
export function registerHovers(sessions: Sessions): vscode.Disposable {
  return vscode.languages.registerHoverProvider(SELECTOR, {
    provideHover: async (document, position, token) => {
      const key = keyHover(document, position);
      if (key) return key;
      const session = sessionAt(sessions, document, position);
      if (!session) return null;
      const { signal, dispose } = signalOf(token);
      try {
        await settled(session, signal);
        return signal.aborted ? null : await sessionHover(session, document, { position, signal });
      } finally {
        dispose();
      }
    },
  });
}

function keyHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | null {
  if (document.languageId !== LANGUAGE_ID) return null;
  const file = parsePrompt(document.getText());
  const offset = document.offsetAt(position);
  const edit = editAt(file, offset);
  if (edit) return new vscode.Hover(new vscode.MarkdownString(edit.documentation), rangeOf(document, edit));
  const found = keyAt(file, offset);
  if (!found) return null;
  return new vscode.Hover(new vscode.MarkdownString(describeKey(found.name)), rangeOf(document, found));
}

/** The document's session when the place is part of what is traced; prompt files get one when they have none. */
function sessionAt(
  sessions: Sessions,
  document: vscode.TextDocument,
  position: vscode.Position,
): PromptSession | null {
  const session = sessions.get(document.uri);
  const offset = document.offsetAt(position);
  if (session?.range) return inside(offset, session.range) ? session : null;
  if (document.languageId !== LANGUAGE_ID) return session ?? null;
  const { body } = parsePrompt(document.getText());
  return inside(offset, body) ? (session ?? sessions.open(document, null)) : null;
}

/** Resolves when the session is neither loading nor stale, when it took too long, or when the signal aborts. */
async function settled(session: PromptSession, signal: AbortSignal): Promise<void> {
  const waiting = (): boolean => session.state.state === 'loading' || session.state.state === 'stale';
  if (!waiting()) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listening.dispose();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, PATIENCE_MS);
    const listening = session.onDidChangeState(() => waiting() || done());
    signal.addEventListener('abort', done);
  });
}

interface Place {
  readonly position: vscode.Position;
  readonly signal: AbortSignal;
}

async function sessionHover(
  session: PromptSession,
  document: vscode.TextDocument,
  { position, signal }: Place,
): Promise<vscode.Hover | null> {
  const { state } = session;
  if (state.state === 'ready') return tokenHover(session, state.view, { document, position, signal });
  if (state.state === 'empty') return null;
  if (state.state === 'error') {
    const again = `[Try again](${commandLink(COMMANDS.trace)})`;
    return new vscode.Hover(trusted(`The trace failed: ${plainMarkdown(state.error.message)}\n\n${again}`));
  }
  return new vscode.Hover(trusted('$(loading~spin) Tracing…'));
}

async function tokenHover(
  session: PromptSession,
  view: TraceView,
  { document, position, signal }: Place & { readonly document: vscode.TextDocument },
): Promise<vscode.Hover | null> {
  const offset = document.offsetAt(position) - session.textStart;
  const found = view.summary.tokens.flatMap((token, index) =>
    inside(offset, token) ? [{ token, index }] : [],
  );
  if (found.length === 0) return null;
  const texts = await Promise.all(
    found.map(async ({ token, index }) => {
      const { latents, neurons } = await topUnits(session, view, { position: index, signal });
      const hasSaes = view.model.saes.length > 0;
      return hoverText({
        uri: document.uri.toString(),
        position: index,
        token,
        latents,
        neurons,
        hasSaes,
        ignoresEdits: view.ignoresEdits,
        model: view.model.directory,
      });
    }),
  );
  if (signal.aborted) return null;
  void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.hovered, true);
  const start = session.textStart + Math.min(...found.map(({ token }) => token.start));
  const end = session.textStart + Math.max(...found.map(({ token }) => token.end));
  return new vscode.Hover(trusted(texts.join('\n\n---\n\n')), rangeOf(document, { start, end }));
}

/** Latents are null when the trace is gone: what the summary says of the token is shown all the same. */
async function topUnits(
  session: PromptSession,
  view: TraceView,
  { position, signal }: { readonly position: number; readonly signal: AbortSignal },
): Promise<Pick<HoverToken, 'latents' | 'neurons'>> {
  const { traceId } = view.summary;
  const neurons = view.model.saes.length === 0 ? NEURONS.alone : NEURONS.belowLatents;
  return session
    .request('trace/hover', { traceId, position, k: LATENTS, neurons }, { signal })
    .catch(() => ({ latents: null, neurons: [] }));
}

function trusted(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text, true);
  markdown.isTrusted = {
    enabledCommands: [COMMANDS.showUnit, COMMANDS.openUnit, COMMANDS.trace, COMMANDS.debug, COMMANDS.ablate],
  };
  return markdown;
}

function inside(offset: number, { start, end }: { readonly start: number; readonly end: number }): boolean {
  return offset >= start && offset < end;
}
