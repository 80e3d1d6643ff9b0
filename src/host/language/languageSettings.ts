import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { LanguageAccess } from '../../protocol/explainContract.ts';
import type { LanguageChoice } from '../../protocol/unitViewContract.ts';
import { setting } from '../settings.ts';
import type { Keys } from './keys.ts';

/** Which language model explains and simulates, as the person's settings say it. Nothing is asked by default. */
export interface Language {
  choice(): Promise<LanguageChoice>;
  /** With its key, for one job. Null: none is configured. @throws language/not-configured for a URL that is none */
  access(): Promise<LanguageAccess | null>;
  readonly onDidChange: vscode.Event<void>;
}

const KEYS = ['language.baseUrl', 'language.model', 'language.editorModel'] as const;

export function createLanguage(keys: Keys): Language & vscode.Disposable {
  const emitter = new vscode.EventEmitter<void>();
  const subscriptions = [
    emitter,
    keys.onDidChange(() => emitter.fire()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (KEYS.some((key) => event.affectsConfiguration(`underglass.${key}`))) emitter.fire();
    }),
  ];
  return {
    onDidChange: emitter.event,
    choice: async () => {
      const { baseUrl, model, editorModel } = chosen();
      if (baseUrl !== '' && model !== '') {
        const host = hostOf(baseUrl);
        return { name: `${model} at ${host ?? baseUrl}`, hasKey: (await keys.get(baseUrl)) !== null };
      }
      return { name: editorModel === '' ? null : editorModel, hasKey: false };
    },
    access: async () => {
      const { baseUrl, model, editorModel } = chosen();
      if (baseUrl !== '' && model !== '') {
        if (hostOf(baseUrl) === null) throw badUrl(baseUrl);
        const concurrency = Math.max(1, Math.round(setting('language.concurrency')));
        return { kind: 'openai', baseUrl, model, key: await keys.get(baseUrl), concurrency };
      }
      return editorModel === '' ? null : { kind: 'editor', model: editorModel };
    },
    dispose: () => vscode.Disposable.from(...subscriptions).dispose(),
  };
}

function chosen(): { readonly baseUrl: string; readonly model: string; readonly editorModel: string } {
  return {
    baseUrl: setting('language.baseUrl').trim(),
    model: setting('language.model').trim(),
    editorModel: setting('language.editorModel').trim(),
  };
}

/** Null when it is no http(s) URL. */
export function hostOf(baseUrl: string): string | null {
  if (!URL.canParse(baseUrl)) return null;
  const { protocol, host } = new URL(baseUrl);
  return protocol === 'http:' || protocol === 'https:' ? host : null;
}

function badUrl(baseUrl: string): InterpError {
  return new InterpError('language/not-configured', `"${baseUrl}" is not an http or https URL.`, {
    data: { baseUrl },
  });
}
