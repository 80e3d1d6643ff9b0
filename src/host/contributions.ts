/**
 * Every id that package.json and the code must agree on: one place, compared with the manifest both ways by a test.
 */

export const LANGUAGE_ID = 'underglass-prompt';
export const TRACE_VIEW_TYPE = 'underglass.trace';
export const DEBUG_VIEW_TYPE = 'underglass.debug';
/** Several prompts debugged together. */
export const MANY_VIEW_TYPE = 'underglass.many';

export const UNIT_VIEW_TYPE = 'underglass.unit';
export const REPORT_VIEW_TYPE = 'underglass.report';

export const COMMANDS = {
  trace: 'underglass.trace',
  debug: 'underglass.debug',
  ablate: 'underglass.ablate',
  retrace: 'underglass.retrace',
  toggleColors: 'underglass.toggleTokenColours',
  colorBy: 'underglass.colourTokensBy',
  copyTrace: 'underglass.copyTraceAsJson',
  openExample: 'underglass.openExample',
  selectModel: 'underglass.selectModel',
  verifyModel: 'underglass.verifyModel',
  showLog: 'underglass.showLog',
  restartEngine: 'underglass.restartEngine',
  showStatus: 'underglass.showStatus',
  /** Not in the palette: a link of a hover or a tree item. */
  showUnit: 'underglass.showUnit',
  openRecent: 'underglass.openRecent',
  scan: 'underglass.scanCorpus',
  openUnit: 'underglass.openNeuron',
  explain: 'underglass.explainNeuron',
  explainLayer: 'underglass.explainLayer',
  chooseBrowsed: 'underglass.chooseBrowsedModel',
  matchSelection: 'underglass.findUnitsOfSelection',
  lucky: 'underglass.luckyUnit',
  report: 'underglass.openReport',
  rate: 'underglass.rateUnits',
  importExplanations: 'underglass.importExplanations',
  importAgain: 'underglass.importAgain',
  exportExplanations: 'underglass.exportExplanations',
  chooseLanguageModel: 'underglass.chooseLanguageModel',
  setKey: 'underglass.setLanguageModelKey',
  add: 'underglass.add',
  /** Of rows of the view of models. */
  addAgain: 'underglass.addAgain',
  resumeDownload: 'underglass.resumeDownload',
  pauseDownload: 'underglass.pauseDownload',
  removeInstalled: 'underglass.removeInstalled',
  useModel: 'underglass.useModel',
  useModelHere: 'underglass.useModelHere',
  useSaeHere: 'underglass.useSaeHere',
  attachSae: 'underglass.attachSae',
  detachSae: 'underglass.detachSae',
  checkSae: 'underglass.checkSae',
  checkSaeOn: 'underglass.checkSaeOn',
  revealInstalled: 'underglass.revealInstalled',
  copyInstalledId: 'underglass.copyInstalledId',
  refreshModels: 'underglass.refreshModels',
} as const;

export const VIEWS = {
  container: 'underglass',
  home: 'underglass.home',
  models: 'underglass.models',
  browser: 'underglass.browser',
} as const;

/** Context keys for `when` clauses. */
export const CONTEXT_KEYS = {
  /** The active editor's document is traced. */
  traced: 'underglass.traced',
  /** A token has been hovered over: ends a step of the walkthrough. */
  hovered: 'underglass.hovered',
} as const;

export const SUBMENU = 'underglass.menu';

export const COLORS = { positive: 'underglass.positive', negative: 'underglass.negative' } as const;

/** Settings: key below `underglass.` -> default. */
export const SETTINGS = {
  modelFolder: '',
  saeFolders: [] as readonly string[],
  storageFolder: '',
  'trace.debounceMilliseconds': 300,
  'engine.timeoutSeconds': 120,
  threads: 0,
  prepack: 'auto',
  executionProvider: 'auto',
  tokenColours: false,
  'scan.textField': 'text',
  'language.baseUrl': '',
  'language.model': '',
  'language.editorModel': '',
  'language.concurrency': 4,
  'language.maxRequests': 2000,
} as const;
export type SettingKey = keyof typeof SETTINGS;

export const WALKTHROUGH = 'underglass.start';
