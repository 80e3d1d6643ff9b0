import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Port } from '../../protocol/rpc.ts';
import { pageHtml } from './pageHtml.ts';
import { fieldsOf, text } from './validate.ts';

/** What every page needs of the composition root. */
export interface PageContext {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Hears of breaches of the page's policy, so that tests fail on them. */
  onViolation(violation: { readonly directive: string; readonly blocked: string }): void;
}

/** Title, icon and manners of a panel, and the host's end of the channel to its page. The page is not there yet. */
export function openPort(panel: vscode.WebviewPanel, title: string, { extensionUri }: PageContext): Port {
  panel.title = title;
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'prompt.svg');
  // Scripts under the page's policy, and no file of this machine.
  panel.webview.options = { enableScripts: true, localResourceRoots: [] };
  return webviewPort(panel);
}

/** As `openPort`, for a page in the side bar. */
export function openViewPort(view: vscode.WebviewView): Port {
  view.webview.options = { enableScripts: true, localResourceRoots: [] };
  return webviewPort(view);
}

/** A page of the bundle, by its name; `opening` is what it starts with, where that is known before it asks. */
export function readPage(extensionUri: vscode.Uri, page: string, opening?: unknown): string {
  const file = (name: string): string =>
    readFileSync(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name).fsPath, 'utf8');
  return pageHtml({ style: file(`${page}.css`), scripts: [file(`${page}.js`)], opening });
}

/** What every page may ask of its host; `beside` is where an exported file is proposed. */
export function pageManners(beside: vscode.Uri, { log, onViolation }: PageContext) {
  return {
    'clipboard/write': async (params: unknown): Promise<null> => {
      await vscode.env.clipboard.writeText(text(fieldsOf(params), 'text'));
      return null;
    },
    'file/export': (params: unknown): Promise<null> => {
      const fields = fieldsOf(params);
      return exportText(beside, text(fields, 'name'), text(fields, 'text'));
    },
    'view/violation': (params: unknown): null => {
      const fields = fieldsOf(params);
      const violation = { directive: text(fields, 'directive'), blocked: text(fields, 'blocked') };
      log.error(`content security policy: ${violation.directive} blocked ${violation.blocked}`);
      onViolation(violation);
      return null;
    },
  };
}

function webviewPort(panel: Pick<vscode.WebviewPanel, 'webview' | 'onDidDispose'>): Port {
  return {
    send: (frame) => void panel.webview.postMessage(frame),
    listen: (onFrame, onClose) => {
      const messages = panel.webview.onDidReceiveMessage(onFrame);
      const closing = panel.onDidDispose(() => onClose('the panel was closed'));
      return () => {
        messages.dispose();
        closing.dispose();
      };
    },
  };
}

/** Writes a text where the person chooses; `name` is proposed, beside the prompt. */
async function exportText(uri: vscode.Uri, name: string, content: string): Promise<null> {
  const fileName = name.replaceAll(/[^\w.-]+/g, '-');
  const defaultUri = vscode.Uri.joinPath(uri, '..', fileName);
  const target = await vscode.window.showSaveDialog({ defaultUri });
  if (target) await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(content));
  return null;
}
