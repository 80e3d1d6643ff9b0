import * as vscode from 'vscode';

/** Jobs that end sooner show nothing: a notification that flashes is worse than none. */
const PATIENCE_MS = 500;

/** `asked`: a notification with Cancel. `following`: quiet, in the status bar; the next edit cancels it anyway. */
export type ProgressManner = 'asked' | 'following';

/** Progress that appears when a job takes longer than half a second. */
export function delayedProgress(
  title: string,
  job: AbortController,
  manner: ProgressManner,
): { report(message: string): void; done(): void } {
  let latest = '';
  let show: ((message: string) => void) | null = null;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const timer = setTimeout(() => {
    const { Notification, Window } = vscode.ProgressLocation;
    const location = manner === 'asked' ? Notification : Window;
    const options = { location, title, cancellable: manner === 'asked' };
    void vscode.window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(() => job.abort());
      show = (message) => progress.report({ message });
      show(latest);
      return finished;
    });
  }, PATIENCE_MS);
  return {
    report: (message) => {
      latest = message;
      show?.(message);
    },
    done: () => {
      clearTimeout(timer);
      finish();
    },
  };
}
