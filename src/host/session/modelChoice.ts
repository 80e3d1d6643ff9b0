import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import { isRepositoryName } from '../../core/hub/fileName.ts';
import { modelNamed } from '../../core/hub/models.ts';
import { parsePrompt, type PromptFile } from '../../core/prompt/parsePrompt.ts';
import type { ModelInfo, ModelRef } from '../../protocol/engineContract.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { setting } from '../settings.ts';
import type { Engine, Models } from './session.ts';

export const EMBEDDED_MODEL = 'underglass-tiny';

/** URLs and UNC paths never name a model or SAE: nothing is fetched and no other machine is asked. */
const REMOTE = /^[a-z][a-z0-9+.-]+:\/\/|^\\\\|^\/\//i;
/** Of a model that comes along or was added, or of a SAE that lies with its model. */
const PLAIN_NAME = /^(?!\.+$)[\w.-]+$/;
/** `gpt2-small/6-res-jb`. */
const SAE_NAME = /^(?!\.+\/)[\w.-]+\/(?!\.+$)[\w.-]+$/;

/** Opens the model that a document asks for: front matter in trusted workspaces, else settings, else the embedded one. */
export function createModels(engine: Engine): Models {
  const emitter = new vscode.EventEmitter<void>();
  const installed = new vscode.EventEmitter<void>();
  let current: ModelInfo | null = null;
  /** Folders that a name or the person's settings led to: pages give them back. */
  const opened = new Set<string>();
  const openRef = async (
    ref: ModelRef,
    { isAside = false, ...options }: { readonly signal?: AbortSignal; readonly isAside?: boolean },
  ): Promise<ModelInfo> => {
    const info = await engine.request('model/open', ref, options);
    opened.add(info.directory);
    if (isAside && current !== null) return info;
    const changed = info.modelId !== current?.modelId;
    current = info;
    if (changed) emitter.fire();
    return info;
  };
  return {
    get current() {
      return current;
    },
    onDidChange: emitter.event,
    onDidInstall: installed.event,
    didInstall: () => installed.fire(),
    openFor: (document, options = {}) => openRef(modelRef(document), options),
    open: (model, options = {}) => openRef(namedRef(model, opened), options),
    dispose: () => {
      emitter.dispose();
      installed.dispose();
    },
  };
}

/** What settings ask for, or a folder that a page was opened with. @throws request/untrusted, file/not-found */
function namedRef(model: string | null, opened: ReadonlySet<string>): ModelRef {
  if (
    model !== null &&
    !PLAIN_NAME.test(model) &&
    !vscode.workspace.isTrusted &&
    model !== setting('modelFolder') &&
    !opened.has(model)
  ) {
    throw new InterpError('request/untrusted', `The folder ${model} is opened in trusted workspaces only.`);
  }
  const asked = model ?? (setting('modelFolder') || EMBEDDED_MODEL);
  return {
    model: resolveFolder(asked, null),
    saes: setting('saeFolders').map((sae) => resolveSae(sae, null)),
  };
}

/** @throws file/not-found for a remote path; request/untrusted in untrusted workspaces */
function modelRef(document: vscode.TextDocument): ModelRef {
  const front = document.languageId === LANGUAGE_ID ? parsePrompt(document.getText()).frontMatter : {};
  const folder =
    document.uri.scheme === 'file' || document.uri.scheme === 'vscode-remote'
      ? path.dirname(document.uri.fsPath)
      : null;
  if (!vscode.workspace.isTrusted) refuseFolders(front);
  // Settings that name folders are restricted: of an untrusted workspace's own, VS Code tells nothing.
  const model = front.model?.value ?? (setting('modelFolder') || EMBEDDED_MODEL);
  const saes = front.sae?.value ?? setting('saeFolders');
  return { model: resolveFolder(model, folder), saes: saes.map((sae) => resolveSae(sae, folder)) };
}

/** A folder may hold anything: one that the prompt's author chose is opened in trusted workspaces only. */
function refuseFolders(front: PromptFile['frontMatter']): void {
  const model = front.model?.value;
  const named = [
    ...(model === undefined || PLAIN_NAME.test(model) ? [] : [model]),
    ...(front.sae?.value ?? []).filter((sae) => !PLAIN_NAME.test(sae)),
  ];
  if (named.length === 0) return;
  throw new InterpError(
    'request/untrusted',
    `The front matter names ${named.join(', ')}; a folder that a prompt names is opened in trusted workspaces only.`,
  );
}

/** A name stays a name, a repository's where no such folder is; anything else becomes an absolute path. */
function resolveFolder(asked: string, folder: string | null): string {
  if (PLAIN_NAME.test(asked) || modelNamed(asked)) return asked;
  const local = resolveLocal(asked, folder);
  // Of an untrusted workspace nothing is looked at.
  return vscode.workspace.isTrusted && isRepositoryName(asked) && !existsSync(local) ? asked : local;
}

/** A folder that is there, else a name that the engine looks up, else the path that is missing. */
function resolveSae(asked: string, folder: string | null): string {
  const isName = PLAIN_NAME.test(asked) || SAE_NAME.test(asked);
  if (!isName) return resolveLocal(asked, folder);
  // Of an untrusted workspace nothing is looked at.
  const local = vscode.workspace.isTrusted && folder !== null ? path.resolve(folder, asked) : null;
  return local !== null && existsSync(local) ? local : asked;
}

/** An absolute path on this machine. @throws file/not-found for URLs and network paths */
export function resolveLocal(asked: string, folder: string | null): string {
  if (REMOTE.test(asked)) {
    throw new InterpError(
      'file/not-found',
      `"${asked}" is not on this machine; URLs and network paths are not opened.`,
      { data: { path: asked } },
    );
  }
  if (path.isAbsolute(asked)) return asked;
  const home = asked.startsWith('~/') ? path.join(process.env['HOME'] ?? '', asked.slice(2)) : null;
  return home ?? path.resolve(folder ?? '', asked);
}
