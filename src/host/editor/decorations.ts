import * as vscode from 'vscode';
import { quantityKey } from '../../core/trace/quantity.ts';
import type { HeatMap } from '../../core/trace/readings.ts';
import type { TraceView } from '../../protocol/viewContract.ts';
import type { PromptSession, Sessions } from '../session/session.ts';
import { onDidChangeSetting, setting } from '../settings.ts';
import { rangeOf } from './ranges.ts';
import { createTokenTypes, type TokenTypes } from './tokenColors.ts';
import { levelOf } from './tokenPaint.ts';

/** Colours the tokens of traced documents by the shared selection's quantity, when `underglass.tokenColours` is on. */
export function registerDecorations(sessions: Sessions): vscode.Disposable {
  const painter = new TokenPainter(sessions);
  return vscode.Disposable.from(
    painter,
    sessions.onDidChange(({ uri }) => void painter.paint(uri)),
    vscode.window.onDidChangeVisibleTextEditors(() => painter.paintAll()),
    onDidChangeSetting('tokenColours', () => painter.paintAll()),
    vscode.window.onDidChangeActiveColorTheme(() => painter.renew()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('workbench.colorCustomizations')) painter.renew();
    }),
  );
}

interface Painted {
  /** Trace and quantity that the heat map belongs to. */
  readonly key: string;
  readonly map: HeatMap;
}

class TokenPainter implements vscode.Disposable {
  private readonly sessions: Sessions;
  private readonly painted = new Map<string, Painted>();
  private readonly running = new Map<string, AbortController>();
  /** Made on first use: nobody pays for what is off. */
  private types: TokenTypes | null = null;

  constructor(sessions: Sessions) {
    this.sessions = sessions;
  }

  paintAll(): void {
    const uris = new Map(
      vscode.window.visibleTextEditors.map(({ document: { uri } }) => [uri.toString(), uri]),
    );
    for (const uri of uris.values()) void this.paint(uri);
  }

  /** Colours follow edits by themselves until the next trace is there; only then they are replaced. */
  async paint(uri: vscode.Uri): Promise<void> {
    const session = this.sessions.get(uri);
    if (
      !session ||
      !setting('tokenColours') ||
      session.state.state === 'error' ||
      session.state.state === 'empty'
    )
      return this.clear(uri);
    if (session.state.state !== 'ready') return;
    const { view } = session.state;
    const map = await this.read(session, view);
    if (map) this.apply(session, view, map);
  }

  renew(): void {
    this.disposeTypes();
    this.paintAll();
  }

  dispose(): void {
    for (const job of this.running.values()) job.abort();
    this.disposeTypes();
  }

  /** The heat map of the quantity shown; null when it failed or something newer is asked for meanwhile. */
  private async read(session: PromptSession, view: TraceView): Promise<HeatMap | null> {
    const id = session.uri.toString();
    const quantity = session.selection?.quantity ?? { kind: 'loss' };
    const { traceId } = view.summary;
    const key = `${traceId} ${quantityKey(quantity)}`;
    const known = this.painted.get(id);
    this.running.get(id)?.abort();
    if (known?.key === key) return known.map;
    const job = new AbortController();
    this.running.set(id, job);
    try {
      const map = await session.request('trace/heatMap', { traceId, quantity }, { signal: job.signal });
      if (this.running.get(id) !== job || job.signal.aborted) return null;
      this.painted.set(id, { key, map });
      return map;
    } catch {
      // Cancelled by a newer request, or a lost trace, which the session runs again.
      return null;
    } finally {
      if (this.running.get(id) === job) this.running.delete(id);
    }
  }

  private apply(session: PromptSession, view: TraceView, map: HeatMap): void {
    const { state } = session;
    if (!setting('tokenColours') || state.state !== 'ready' || state.view !== view) return;
    this.types ??= createTokenTypes();
    for (const editor of editorsOf(session.uri)) {
      const ranges = levelRanges(editor.document, { session, view, map });
      for (const [level, type] of this.types) editor.setDecorations(type, ranges.get(level) ?? []);
    }
  }

  private clear(uri: vscode.Uri): void {
    const id = uri.toString();
    this.running.get(id)?.abort();
    this.painted.delete(id);
    if (!this.types) return;
    for (const editor of editorsOf(uri))
      for (const type of this.types.values()) editor.setDecorations(type, []);
  }

  private disposeTypes(): void {
    for (const type of this.types?.values() ?? []) type.dispose();
    this.types = null;
  }
}

function levelRanges(
  document: vscode.TextDocument,
  { session, view, map }: { session: PromptSession; view: TraceView; map: HeatMap },
): Map<number, vscode.Range[]> {
  const ranges = new Map<number, vscode.Range[]>();
  for (const [position, { start, end }] of view.summary.tokens.entries()) {
    const level = levelOf(map.values[position] ?? null, map.domain);
    if (level === 0 || start === end) continue;
    const range = rangeOf(document, { start: session.textStart + start, end: session.textStart + end });
    ranges.set(level, [...(ranges.get(level) ?? []), range]);
  }
  return ranges;
}

function editorsOf(uri: vscode.Uri): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter(
    ({ document }) => document.uri.toString() === uri.toString(),
  );
}
