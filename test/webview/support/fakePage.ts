import { InterpError, type ErrorCode } from '../../../src/core/errors.ts';
import type { Port } from '../../../src/protocol/rpc.ts';
import { THEMES, type ThemeName } from './themes.ts';

/** What a test sees of whatever stands behind a page. */
export interface FakePage {
  readonly calls: { readonly method: string; readonly params: unknown }[];
  state: unknown;
  /** Answers of this method wait until they are released, in the order given (default: as asked). */
  hold(method: string): void;
  release(method: string, order?: readonly number[]): Promise<void>;
  held(method: string): number;
  /** Makes the method fail from now on; null = work again. */
  fail(method: string, code: ErrorCode | null): void;
  setTheme(name: ThemeName): void;
}

declare global {
  interface Window {
    acquireVsCodeApi: () => unknown;
  }
}

/** Plays VS Code to a page: its theme, its state, and a channel whose answers a test can hold back or spoil. */
export function openFakePage(query: URLSearchParams): {
  readonly page: FakePage;
  readonly port: Port;
  /** Notes a call, then answers when the test lets it. */
  gate<T>(method: string, params: unknown, answer: () => T): Promise<T>;
} {
  // What the page keeps belongs to one visit: a reload is the same visit, the next test is another.
  const stateKey = `state of visit ${query.get('visit') ?? ''}`;
  const waiting = new Map<string, (() => void)[]>();
  const failing = new Map<string, ErrorCode>();
  const toHost = new Set<(frame: unknown) => void>();
  const page: FakePage = {
    calls: [],
    state: JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
    hold: (method) => void waiting.set(method, []),
    release: async (method, order) => {
      const queue = waiting.get(method) ?? [];
      waiting.delete(method);
      for (const i of order ?? queue.keys()) {
        queue[i]?.();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    held: (method) => waiting.get(method)?.length ?? 0,
    fail: (method, code) => void (code === null ? failing.delete(method) : failing.set(method, code)),
    setTheme: applyTheme,
  };
  window.acquireVsCodeApi = () => ({
    postMessage: (frame: unknown) => {
      // As between processes: a copy, later.
      const copy: unknown = structuredClone(frame);
      queueMicrotask(() => {
        for (const listener of toHost) listener(copy);
      });
    },
    getState: () => page.state ?? undefined,
    setState: (state: unknown) => {
      page.state = state;
      sessionStorage.setItem(stateKey, JSON.stringify(state));
    },
  });
  applyTheme((query.get('theme') ?? 'dark') as ThemeName);
  return {
    page,
    port: {
      send: (frame) => window.postMessage(frame, location.origin),
      listen: (onFrame) => {
        toHost.add(onFrame);
        return () => void toHost.delete(onFrame);
      },
    },
    gate: async (method, params, answer) => {
      page.calls.push({ method, params });
      const queue = waiting.get(method);
      if (queue !== undefined) await new Promise<void>((resolve) => void queue.push(resolve));
      const code = failing.get(method);
      if (code !== undefined) throw new InterpError(code, `${method} failed as the test asked.`);
      return answer();
    },
  };
}

function applyTheme(name: ThemeName): void {
  const theme = THEMES[name];
  const root = document.documentElement;
  root.style.cssText = '';
  for (const [key, value] of Object.entries(theme.variables))
    root.style.setProperty(`--vscode-${key}`, value);
  document.body.className = theme.bodyClass;
}
