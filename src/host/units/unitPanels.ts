import * as vscode from 'vscode';
import { toInterpError } from '../../core/errors.ts';
import { UNIT_VIEW_TYPE } from '../contributions.ts';
import type { PersistedUnit } from '../../protocol/unitViewContract.ts';
import { createPanels, type PanelRegistry } from '../panels/panelRegistry.ts';
import { UnitPanel, type UnitPanelContext } from './unitPanel.ts';
import { persistedUnit } from './validateUnit.ts';

/** What a new page opens with. */
export interface UnitSource {
  /** Folder or name; null = what settings ask for. */
  readonly model: string | null;
  readonly unit: string;
  readonly tab: string | null;
}

/** The unit pages of this window: one for each model, which walks from unit to unit. */
export interface UnitPanels extends vscode.Disposable {
  /** Shows a unit in its model's page. `column`: where a new page opens. */
  open(source: UnitSource, column?: vscode.ViewColumn): UnitPanel;
  readonly registry: PanelRegistry<UnitSource, UnitPanel>;
}

export function createUnitPanels(context: UnitPanelContext): UnitPanels {
  const registry = createPanels<UnitSource, UnitPanel>({
    viewType: UNIT_VIEW_TYPE,
    title: 'Unit',
    log: context.log,
    keyOf: ({ model }) => model ?? '',
    make: (panel, source, state) => new UnitPanel(panel, persistedUnit(state) ?? fresh(source), context),
    restore: async (state) => persistedUnit(state),
  });
  return {
    registry,
    open: (source, column) => {
      const known = registry.get(source.model ?? '');
      const panel = registry.show(source, column);
      if (known && known.session.unit !== source.unit)
        known.session.open(source.unit).catch((error: unknown) => void showProblem(error));
      return panel;
    },
    dispose: () => registry.dispose(),
  };
}

function fresh({ model, unit, tab }: UnitSource): PersistedUnit {
  return { version: 1, model, unit, tab, test: '', words: '', explanation: null, guess: false };
}

async function showProblem(error: unknown): Promise<void> {
  const { message, next } = toInterpError(error);
  await vscode.window.showErrorMessage(`${message} ${next}`);
}
