import { basename, isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { InterpError, toInterpError } from '../../core/errors.ts';
import { refOf } from '../hub/shelf.ts';
import type { Engine, Models } from '../session/session.ts';
import { setting } from '../settings.ts';
import { parseUnitLink, printUnitLink, type UnitLink } from './unitLink.ts';
import type { UnitPanels } from './unitPanels.ts';

/** Publisher and name of package.json: a link's authority. */
const EXTENSION_ID = 'underglass.underglass';

/** Handles links while it is not disposed. */
export interface Links extends vscode.UriHandler, vscode.Disposable {}

interface LinkServices {
  readonly engine: Engine;
  readonly models: Models;
  readonly unitPanels: UnitPanels;
}

/**
 * Follows links to unit pages. They may come from the internet: a link opens a page of a model that is on this machine
 * already, and does nothing else.
 */
export function createLinks(services: LinkServices): Links {
  const handler: vscode.UriHandler = {
    handleUri: async (uri) => {
      try {
        await openLink(uri, services);
      } catch (error) {
        const { message, next } = toInterpError(error);
        void vscode.window.showErrorMessage(`${message} ${next}`);
      }
    },
  };
  const registered = vscode.window.registerUriHandler(handler);
  return { ...handler, dispose: () => void registered.dispose() };
}

async function openLink(uri: vscode.Uri, { engine, models, unitPanels }: LinkServices): Promise<void> {
  const link = parseUnitLink(uri);
  if (link === null) throw new InterpError('request/invalid', 'This is no link to a unit page.');
  const model = link.model === null ? null : await folderOf(link.model, { engine, models });
  const panel = unitPanels.open({ model, unit: link.unit, tab: link.tab });
  if (link.tab !== null) panel.showTab(link.tab);
}

/** Folder of an installed model; null = the default one. @throws model/not-found: links install nothing */
async function folderOf(
  name: string,
  { engine, models }: Pick<LinkServices, 'engine' | 'models'>,
): Promise<string | null> {
  const chosen = setting('modelFolder');
  const listed = await engine.request('model/list', { folders: isAbsolute(chosen) ? [chosen] : [] });
  const standard = await models.open(null, { isAside: true });
  if (standard.name === name) return null;
  const found = listed.find(
    (each) =>
      each.problem === null &&
      (each.name === name || refOf(each) === name || basename(each.directory) === name),
  );
  if (found) return found.directory === standard.directory ? null : found.directory;
  throw new InterpError(
    'model/not-found',
    `The link is to a unit of ${name}, which is not on this machine.`,
    {
      data: { model: name },
    },
  );
}

/** `vscode://underglass.underglass/unit/3-res/412?model=underglass-tiny&tab=weights`, of this VS Code's own scheme. */
export function unitUri(link: UnitLink): vscode.Uri {
  return vscode.Uri.from({ scheme: vscode.env.uriScheme, authority: EXTENSION_ID, ...printUnitLink(link) });
}

/** A link as others can follow it. */
export async function externalLink(link: UnitLink): Promise<string> {
  const own = unitUri(link);
  const external = await vscode.env.asExternalUri(own);
  // Both hold their queries encoded: they are not encoded again. On the desktop only a number of this window is added: the link is to outlive it.
  return (external.scheme === own.scheme ? own : external).toString(true);
}
