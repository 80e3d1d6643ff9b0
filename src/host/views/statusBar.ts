import * as vscode from 'vscode';
import { speedText } from '../../core/speed.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import { COMMANDS } from '../contributions.ts';
import type { Engine, EngineState, Models } from '../session/session.ts';

/** A job shorter than this does not show: an icon that flickers with every hover is noise. */
const BUSY_AFTER_MS = 300;

const ICONS: Record<EngineState, string> = {
  ready: '$(search)',
  loading: '$(loading~spin)',
  busy: '$(sync~spin)',
  degraded: '$(warning)',
  stopped: '$(circle-slash)',
};

const SENTENCES: Record<EngineState, string> = {
  ready: 'The engine is ready.',
  loading: 'The engine is starting.',
  busy: 'The engine is at work.',
  degraded: 'The engine ended unexpectedly and is being started again.',
  stopped: 'The engine is not running.',
};

/** One status bar item: the model's name and how the engine is; a click offers the log and what can be done. */
export function registerStatusBar(engine: Engine, models: Models): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('underglass.status', vscode.StatusBarAlignment.Right, 90);
  item.name = 'Underglass';
  item.command = COMMANDS.showStatus;
  let timer: NodeJS.Timeout | undefined;
  const update = (): void => {
    clearTimeout(timer);
    const status = statusOf(engine, models.current);
    item.text = status.text;
    item.tooltip = status.tooltip;
    item.backgroundColor = status.warns
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    item.accessibilityInformation = { label: status.tooltip };
    if (status.visible) item.show();
    else item.hide();
  };
  const didChange = (): void => {
    clearTimeout(timer);
    if (engine.state === 'busy') timer = setTimeout(update, BUSY_AFTER_MS);
    else update();
  };
  update();
  return vscode.Disposable.from(
    item,
    engine.onDidChangeState(didChange),
    models.onDidChange(update),
    engine.onDidLearnSpeed(update),
    {
      dispose: () => clearTimeout(timer),
    },
  );
}

interface Status {
  readonly text: string;
  readonly tooltip: string;
  readonly warns: boolean;
  /** Before the first use there is nothing to say. */
  readonly visible: boolean;
}

/** What the item shows; an engine that was never asked for is not shown. */
export function statusOf(
  { state, detail, speed }: Pick<Engine, 'state' | 'detail' | 'speed'>,
  model: Pick<ModelInfo, 'name' | 'mode'> | null,
): Status {
  const why = detail === null ? '' : ` (${detail})`;
  const of = model === null ? '' : ` Model: ${model.name}, weights ${model.mode}.`;
  const runs = speed === null ? '' : [` Runs with ${speedText(speed)}.`, ...speed.notes].join(' ');
  return {
    text: `${ICONS[state]} ${model?.name ?? 'Underglass'}${state === 'ready' || state === 'busy' ? '' : ` · ${state}`}`,
    tooltip: `Underglass: ${SENTENCES[state]}${why}${of}${runs}`,
    warns: state === 'degraded' || (state === 'stopped' && detail !== null),
    visible: state !== 'stopped' || detail !== null || model !== null,
  };
}
