import * as vscode from 'vscode';
import type { Progress } from '../../protocol/engineContract.ts';

/** A notification with a bar and Cancel for a long job that was asked for. */
export function withPercent<T>(
  title: string,
  job: AbortController,
  run: (onProgress: (progress: Progress) => void) => Promise<T>,
): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => {
    token.onCancellationRequested(() => job.abort());
    let shown = 0;
    return run(({ done, total, message }) => {
      const share = total > 0 ? (100 * done) / total : 0;
      progress.report({ message, increment: Math.max(0, share - shown) });
      shown = Math.max(shown, share);
    });
  });
}
