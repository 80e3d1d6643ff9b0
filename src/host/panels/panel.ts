import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Port } from '../../protocol/rpc.ts';
import { pageHtml } from './pageHtml.ts';

/** Options of every page: scripts under its policy, and no file of this machine. */
export const PAGE_OPTIONS: vscode.WebviewOptions = { enableScripts: true, localResourceRoots: [] };

/** A page of the bundle, by its name. */
export function readPage(extensionUri: vscode.Uri, page: string): string {
  const file = (name: string): string =>
    readFileSync(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name).fsPath, 'utf8');
  return pageHtml({ style: file(`${page}.css`), scripts: [file(`${page}.js`)] });
}

/** The host's end of the channel to a page. */
export function webviewPort(panel: vscode.WebviewPanel): Port {
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
