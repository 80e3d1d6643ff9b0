import * as vscode from 'vscode';
import { toInterpError } from '../../core/errors.ts';
import { AUTOMATIC, parseSpeed, type SpeedChoice, type SpeedInUse } from '../../core/speed.ts';
import { onDidChangeSetting, setting } from '../settings.ts';
import type { Engine } from './session.ts';

const NAMES = {
  threads: 'underglass.threads',
  prepack: 'underglass.prepack',
  provider: 'underglass.executionProvider',
} as const;
const KEYS = ['threads', 'prepack', 'executionProvider'] as const;
/** One edit of settings.json is told as several changes. */
const SETTLE_MS = 200;

/** What settings ask for. @throws engine/bad-setting */
function readSpeedSettings(): SpeedChoice {
  const text = {
    threads: String(setting('threads')),
    prepack: setting('prepack'),
    provider: setting('executionProvider'),
  };
  return parseSpeed(text, NAMES);
}

/** The same for the process that starts now: a wrong value is told once, and the machine's own taken. */
export function speedSettings(): SpeedChoice {
  try {
    return readSpeedSettings();
  } catch (error) {
    void vscode.window.showWarningMessage(
      `Underglass: ${toInterpError(error).message} It runs as if by default.`,
    );
    return AUTOMATIC;
  }
}

/** A changed choice restarts the engine, and says so; what cannot be had of it is told when the engine knows. */
export function followSpeedSettings(engine: Engine): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  let told = '';
  const restart = (): void => {
    // An engine that was never started reads its settings when it is.
    if (engine.pid === null) return;
    engine.restart('its settings changed');
    void vscode.window.showInformationMessage('Underglass: the engine restarts with the changed settings.');
  };
  const tell = ({ notes }: SpeedInUse): void => {
    const text = notes.join(' ');
    if (text !== '' && text !== told) void vscode.window.showWarningMessage(`Underglass: ${text}`);
    told = text;
  };
  return vscode.Disposable.from(
    ...KEYS.map((key) =>
      onDidChangeSetting(key, () => {
        clearTimeout(timer);
        timer = setTimeout(restart, SETTLE_MS);
      }),
    ),
    engine.onDidLearnSpeed(tell),
    { dispose: () => clearTimeout(timer) },
  );
}
