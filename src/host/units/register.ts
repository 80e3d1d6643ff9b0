import * as vscode from 'vscode';
import { COMMANDS, REPORT_VIEW_TYPE } from '../contributions.ts';
import { askKey, chooseLanguageModel } from '../language/chooseLanguage.ts';
import { serveEditorModels } from '../language/editorModels.ts';
import { createKeys } from '../language/keys.ts';
import { createLanguage } from '../language/languageSettings.ts';
import type { PersistedReport } from '../../protocol/reportViewContract.ts';
import type { PageContext } from '../panels/panel.ts';
import { createPanels, type PanelRegistry } from '../panels/panelRegistry.ts';
import type { Engine, Models } from '../session/session.ts';
import { chooseBrowsedModel, createBrowsedModel, type BrowsedModel } from './browsedModel.ts';
import { FeatureBrowser } from './browserView.ts';
import { explainLayer, explainUnit, exportExplanations } from './explainCommands.ts';
import { createExplainRuns } from './explainRuns.ts';
import { luckyUnit, matchSelection, openUnit } from './findCommands.ts';
import { importAgain, importExplanations } from './importCommand.ts';
import { createLibrary, type Library } from './library.ts';
import { createPins, type Pins } from './pins.ts';
import { freshReport, persistedReport, ReportPanel } from './reportPanel.ts';
import { createLinks, type Links } from './openLink.ts';
import { scanCorpus } from './scanCommand.ts';
import { createUnitPanels, type UnitPanels } from './unitPanels.ts';

export interface UnitsContext extends PageContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly memento: vscode.Memento;
  readonly secrets: vscode.SecretStorage;
}

/** Everything about records and explanations in the editor. */
export interface Units extends vscode.Disposable {
  readonly library: Library;
  readonly panels: UnitPanels;
  readonly pins: Pins;
  readonly browsed: BrowsedModel;
  readonly browser: FeatureBrowser;
  readonly reports: PanelRegistry<PersistedReport, ReportPanel>;
  readonly links: Links;
  /** By id. */
  readonly commands: Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
}

export function createUnits(context: UnitsContext): Units {
  const { engine, models, memento, secrets, log } = context;
  const keys = createKeys(secrets);
  const language = createLanguage(keys);
  const library = createLibrary(engine, log);
  const pins = createPins(memento);
  const browsed = createBrowsedModel(models, memento);
  const services = { engine, models, browsed, library, pins, language, log };
  const unitPanels = createUnitPanels({ ...context, ...services });
  const runs = createExplainRuns(engine, library);
  const browser = new FeatureBrowser({ ...context, ...services, unitPanels });
  const serveModels = serveEditorModels(engine, log);
  const all = { ...context, ...services, unitPanels, runs, browser };
  const reports = createPanels<PersistedReport, ReportPanel>({
    viewType: REPORT_VIEW_TYPE,
    title: 'Explanations',
    log,
    keyOf: ({ model }) => model ?? '',
    make: (panel, source, state) => new ReportPanel(panel, persistedReport(state) ?? source, all),
    restore: async (state) => persistedReport(state),
  });
  const links = createLinks(all);
  const openReport = async (tab: PersistedReport['tab'], asked: unknown): Promise<void> => {
    const isAsked = asked === null || typeof asked === 'string';
    const model = isAsked ? asked : (await browsed.open()).source;
    const known = reports.get(model ?? '');
    reports.show({ ...freshReport(tab), model }, vscode.ViewColumn.Active);
    known?.show(tab);
  };
  return {
    library,
    panels: unitPanels,
    pins,
    browsed,
    browser,
    reports,
    links,
    commands: {
      [COMMANDS.scan]: (family, model) => scanCorpus({ family, model }, services),
      [COMMANDS.openUnit]: (unit, model) => openUnit({ unit, model }, all),
      [COMMANDS.explain]: (unit) => explainUnit(unit, all),
      [COMMANDS.explainLayer]: (family, model) => explainLayer({ family, model }, all),
      [COMMANDS.chooseBrowsed]: () => chooseBrowsedModel(engine, browsed),
      [COMMANDS.matchSelection]: (asked) => matchSelection(asked, all),
      [COMMANDS.lucky]: (family) => luckyUnit(family, all),
      [COMMANDS.report]: (model) => openReport('report', model),
      [COMMANDS.rate]: (model) => openReport('rate', model),
      [COMMANDS.importExplanations]: (target) => importExplanations(target, services),
      [COMMANDS.importAgain]: (target) => importAgain(target, services),
      [COMMANDS.exportExplanations]: (model) => exportExplanations(model, services),
      [COMMANDS.chooseLanguageModel]: () => chooseLanguageModel(keys),
      [COMMANDS.setKey]: () => askKey(keys),
    },
    dispose: () => {
      const own = [links, serveModels, browser, reports, unitPanels, runs];
      vscode.Disposable.from(...own, pins, browsed, library, language, keys).dispose();
    },
  };
}
