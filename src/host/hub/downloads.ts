import * as vscode from 'vscode';
import { toInterpError, type InterpError } from '../../core/errors.ts';
import { sizeText } from '../../core/hub/amounts.ts';
import { percent } from '../../core/percent.ts';
import type { Progress } from '../../protocol/engineContract.ts';
import type { HubInstalled } from '../../protocol/hubContract.ts';
import { COMMANDS } from '../contributions.ts';
import { withPercent } from '../session/percentProgress.ts';
import type { Engine, Models } from '../session/session.ts';

/** Something to add: what `hub/add` is asked for, and how it is called. */
export interface Wanted {
  readonly text: string;
  readonly model: string | null;
  readonly title: string;
  /** `gpt2-small`, `gpt2-small/6-res-jb`; '' = not known before it is looked up. */
  readonly id: string;
}

/** Downloads of this window. Cancel pauses; what is here stays, and Resume goes on. */
export interface Downloads extends vscode.Disposable {
  /** One began or ended. */
  readonly onDidChange: vscode.Event<void>;
  /** Id of one that got on. */
  readonly onDidProgress: vscode.Event<string>;
  /** Latest progress of one that runs in this window; null = it does not. */
  progressOf(id: string): string | null;
  /** One after the other; ends at the first that was paused or failed, which a notification tells. */
  add(wanted: readonly Wanted[]): Promise<readonly HubInstalled[]>;
  pause(id: string): void;
}

interface Running {
  readonly job: AbortController;
  readonly wanted: Wanted;
  progress: string;
}

/** The tree need not follow every chunk. */
const TELL_MS = 500;

export function createDownloads(engine: Engine, models: Models, log: vscode.LogOutputChannel): Downloads {
  const changed = new vscode.EventEmitter<void>();
  const progressed = new vscode.EventEmitter<string>();
  const running = new Set<Running>();
  const find = (id: string): Running | undefined => [...running].find(({ wanted }) => wanted.id === id);

  const fetch = async (wanted: Wanted, title: string): Promise<HubInstalled> => {
    const job = new AbortController();
    const run: Running = { job, wanted, progress: 'starting' };
    running.add(run);
    changed.fire();
    const told = tellLater(() => progressed.fire(wanted.id));
    try {
      return await withPercent(title, job, (onProgress) =>
        engine.request(
          'hub/add',
          { text: wanted.text, model: wanted.model },
          {
            signal: job.signal,
            onProgress: (progress) => {
              onProgress(progress);
              run.progress = shortProgress(progress);
              told.tell();
            },
          },
        ),
      );
    } finally {
      told.dispose();
      running.delete(run);
      changed.fire();
    }
  };

  return {
    onDidChange: changed.event,
    onDidProgress: progressed.event,
    progressOf: (id) => find(id)?.progress ?? null,
    pause: (id) => find(id)?.job.abort(),
    add: async (wanted) => {
      const done: HubInstalled[] = [];
      for (const [index, each] of wanted.entries()) {
        const count = wanted.length === 1 ? '' : ` (${index + 1} of ${wanted.length})`;
        try {
          done.push(await fetch(each, `Adding ${each.title}${count}`));
          models.didInstall();
        } catch (error) {
          void tellStopped(wanted.slice(index), toInterpError(error), log);
          break;
        }
      }
      return done;
    },
    dispose: () => {
      for (const { job } of running) job.abort();
      changed.dispose();
      progressed.dispose();
    },
  };
}

/** What is told in bursts is passed on once in a while, the last of it always: nothing may follow it for long. */
function tellLater(fire: () => void): { tell(): void; dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    tell: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        fire();
      }, TELL_MS);
    },
    dispose: () => clearTimeout(timer),
  };
}

/** For a narrow row: the share and the amount first; a notification says the rest. */
function shortProgress({ done, total, message }: Progress): string {
  if (done === 0) return message;
  return `${percent(done / total, 'text')} · ${sizeText(done)} of ${sizeText(total)}`;
}

/** A pause is told quietly, a failure with what to do next; both offer to go on. */
async function tellStopped(
  rest: readonly Wanted[],
  error: InterpError,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const [first] = rest;
  if (!first) return;
  const resume = 'Resume';
  const isPaused = error.code === 'cancelled';
  if (!isPaused) log.error(`${error.code}: ${error.message}`, error.cause ?? '');
  const answer = isPaused
    ? await vscode.window.showInformationMessage(
        `Paused: ${first.title}. What is here is kept.`,
        resume,
        'Remove',
      )
    : await vscode.window.showErrorMessage(`${error.message} ${error.next}`, resume, 'Show Log');
  if (answer === resume) await vscode.commands.executeCommand(COMMANDS.resumeDownload, rest);
  if (answer === 'Remove') await vscode.commands.executeCommand(COMMANDS.removeInstalled, first.id);
  if (answer === 'Show Log') log.show();
}
