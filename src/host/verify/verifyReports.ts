import * as vscode from 'vscode';
import { verifyMarkdown } from '../../core/verify/markdown.ts';
import type { VerifyReport } from '../../core/verify/report.ts';

/** Reports as documents that nobody writes to: the last one of each model. */
export interface VerifyReports extends vscode.Disposable {
  /** Shows a report beside what is open, as a page; as Markdown text where VS Code has no preview. */
  show(report: VerifyReport): Promise<vscode.Uri>;
}

const SCHEME = 'underglass-verify';
/** VS Code's own extension, which can be switched off; its commands are not listed before it is started. */
const MARKDOWN = 'vscode.markdown-language-features';
const PREVIEW = 'markdown.showPreviewToSide';
const GONE = '# This report is gone\n\nRun **Underglass: Verify Model** again.\n';

export function createVerifyReports(): VerifyReports {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? GONE,
  });
  return {
    show: async (report) => {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/Verify ${report.model}.md` });
      texts.set(uri.toString(), verifyMarkdown(report));
      changed.fire(uri);
      if (vscode.extensions.getExtension(MARKDOWN)) {
        await vscode.commands.executeCommand(PREVIEW, uri);
      } else {
        const document = await vscode.workspace.openTextDocument(uri);
        await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
      }
      return uri;
    },
    dispose: () => {
      provider.dispose();
      changed.dispose();
    },
  };
}
