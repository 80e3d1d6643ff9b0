import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  COLORS,
  COMMANDS,
  CONTEXT_KEYS,
  DEBUG_VIEW_TYPE,
  MANY_VIEW_TYPE,
  REPORT_VIEW_TYPE,
  UNIT_VIEW_TYPE,
  LANGUAGE_ID,
  SETTINGS,
  SUBMENU,
  TRACE_VIEW_TYPE,
  VIEWS,
  WALKTHROUGH,
} from '../../../src/host/contributions.ts';
import { DEFAULT_COLORS } from '../../../src/host/editor/tokenPaint.ts';
import { ROOT } from '../../../scripts/test/files.ts';

interface Entry {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly id: string;
}

interface Manifest {
  readonly publisher: string;
  readonly name: string;
  readonly icon: string;
  readonly keywords: readonly string[];
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly submenus: readonly Entry[];
    readonly keybindings: readonly Entry[];
    readonly languages: readonly (Entry & {
      readonly extensions: readonly string[];
      readonly configuration: string;
    })[];
    readonly grammars: readonly { readonly language: string; readonly path: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly default: unknown; readonly scope?: string }>>;
    };
    readonly colors: readonly (Entry & { readonly defaults: Readonly<Record<string, string>> })[];
    readonly viewsContainers: { readonly activitybar: readonly (Entry & { readonly icon: string })[] };
    readonly views: Readonly<Record<string, readonly Entry[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly walkthroughs: readonly (Entry & {
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly media: { readonly markdown: string };
        readonly completionEvents: readonly string[];
      }[];
    })[];
  };
}

const text = readFileSync(path.join(ROOT, 'package.json'), 'utf8');
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;
const commandIds = new Set<string>(Object.values(COMMANDS));

/** Of rows of the view of models: each is for the row that it is called on. */
const OF_ROWS = [
  COMMANDS.resumeDownload,
  COMMANDS.pauseDownload,
  COMMANDS.removeInstalled,
  COMMANDS.useModel,
  COMMANDS.useModelHere,
  COMMANDS.useSaeHere,
  COMMANDS.addAgain,
  COMMANDS.importAgain,
  COMMANDS.attachSae,
  COMMANDS.detachSae,
  COMMANDS.checkSae,
  COMMANDS.checkSaeOn,
  COMMANDS.revealInstalled,
  COMMANDS.copyInstalledId,
];

/** Both lists hold the same, in any order. */
function same(actual: readonly string[], expected: readonly string[]): void {
  assert.deepEqual(actual.toSorted(), expected.toSorted());
}

describe('manifest and contributions.ts', () => {
  it('name the same commands', () => {
    same(
      contributes.commands.map(({ command }) => command),
      [...commandIds],
    );
  });

  it('name the same settings with the same defaults', () => {
    const defaults = Object.entries(contributes.configuration.properties).map(([key, value]) => [
      key.replace(/^underglass\./, ''),
      value.default,
    ]);
    assert.deepEqual(Object.fromEntries(defaults), { ...SETTINGS });
  });

  it('name the same views, colours, language, submenu and walkthrough', () => {
    same(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [VIEWS.container],
    );
    same(Object.keys(contributes.views), [VIEWS.container]);
    same(
      (contributes.views[VIEWS.container] ?? []).map(({ id }) => id),
      [VIEWS.home, VIEWS.models, VIEWS.browser],
    );
    same(
      contributes.colors.map(({ id }) => id),
      Object.values(COLORS),
    );
    same(
      contributes.languages.map(({ id }) => id),
      [LANGUAGE_ID],
    );
    same(
      contributes.grammars.map(({ language }) => language),
      [LANGUAGE_ID],
    );
    same(
      contributes.submenus.map(({ id }) => id),
      [SUBMENU],
    );
    same(
      contributes.walkthroughs.map(({ id }) => id),
      [WALKTHROUGH],
    );
  });

  it('start the extension for a link and a restored panel of the view types, and otherwise only when it is used', () => {
    same(manifest.activationEvents, [
      'onUri',
      `onWebviewPanel:${TRACE_VIEW_TYPE}`,
      `onWebviewPanel:${DEBUG_VIEW_TYPE}`,
      `onWebviewPanel:${MANY_VIEW_TYPE}`,
      `onWebviewPanel:${UNIT_VIEW_TYPE}`,
      `onWebviewPanel:${REPORT_VIEW_TYPE}`,
    ]);
  });

  it('offer only commands that exist, in menus, keys, welcomes and walkthrough', () => {
    const entries = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
    for (const { command, submenu } of entries)
      assert.ok(
        command === undefined ? submenu === SUBMENU : commandIds.has(command),
        `${command} ${submenu}`,
      );
    const links = [
      ...text.matchAll(/\(command:(underglass\.[\w.]+)/g),
      ...text.matchAll(/onCommand:([\w.]+)/g),
    ];
    assert.ok(links.length > 5);
    for (const [, command = ''] of links) assert.ok(commandIds.has(command), command);
  });

  it('ask for context keys and settings that exist', () => {
    const known = new Set<string>([
      ...commandIds,
      ...Object.values(CONTEXT_KEYS),
      ...Object.values(COLORS),
      ...Object.values(VIEWS),
      ...Object.keys(SETTINGS).map((key) => `underglass.${key}`),
      TRACE_VIEW_TYPE,
      DEBUG_VIEW_TYPE,
      MANY_VIEW_TYPE,
      UNIT_VIEW_TYPE,
      REPORT_VIEW_TYPE,
      WALKTHROUGH,
      SUBMENU,
      `${manifest.publisher}.${manifest.name}`,
    ]);
    const named = [...text.matchAll(/\bunderglass(?:\.\w+)+/g)].map(([id]) => id);
    assert.deepEqual(
      named.filter((id) => !known.has(id)),
      [],
    );
  });
});

describe('manifest', () => {
  it('keeps commands that need arguments out of the palette', () => {
    const hidden = (contributes.menus['commandPalette'] ?? []).filter(({ when }) => when === 'false');
    same(
      hidden.map(({ command }) => command ?? ''),
      [COMMANDS.showUnit, COMMANDS.openRecent, ...OF_ROWS],
    );
  });

  it('holds back every setting that names a folder or a server in untrusted workspaces', () => {
    same(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, [
      'underglass.modelFolder',
      'underglass.saeFolders',
      'underglass.storageFolder',
      'underglass.language.baseUrl',
      'underglass.language.model',
      'underglass.language.editorModel',
    ]);
  });

  it('lets no workspace say which language model is asked, nor how often', () => {
    const language = Object.entries(contributes.configuration.properties).filter(([key]) =>
      key.startsWith('underglass.language.'),
    );
    assert.equal(language.length, 5);
    for (const [key, { scope }] of language) assert.equal(scope, 'machine', key);
  });

  it('names files that exist', () => {
    const files = [
      manifest.icon,
      ...contributes.languages.map(({ configuration }) => configuration),
      ...contributes.grammars.map((grammar) => grammar.path),
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown)),
    ];
    for (const file of files) assert.ok(existsSync(path.join(ROOT, file)), file);
  });

  it('has an icon of at least 128 pixels', () => {
    const png = readFileSync(path.join(ROOT, manifest.icon));
    assert.ok(png.readUInt32BE(16) >= 128 && png.readUInt32BE(20) >= 128);
  });

  it('gives every colour a default in every kind of theme', () => {
    for (const { id, defaults } of contributes.colors) {
      same(Object.keys(defaults), ['dark', 'light', 'highContrast', 'highContrastLight']);
      for (const color of Object.values(defaults)) assert.match(color, /^#[0-9a-f]{6}$/, id);
    }
  });

  it('has the same colours as the decorations, which cannot read them back', () => {
    for (const side of ['positive', 'negative'] as const) {
      const defaults = contributes.colors.find(({ id }) => id === COLORS[side])?.defaults;
      assert.equal(defaults?.['dark'], DEFAULT_COLORS.dark[side]);
      assert.equal(defaults?.['light'], DEFAULT_COLORS.light[side]);
    }
  });

  it('leads through five steps, each with a way to complete it', () => {
    const steps = contributes.walkthroughs[0]?.steps ?? [];
    assert.equal(steps.length, 5);
    for (const step of steps) assert.ok(step.completionEvents.length > 0, step.id);
  });

  it('has at most ten keywords', () => {
    assert.ok(manifest.keywords.length > 0 && manifest.keywords.length <= 10);
  });

  it('gives prompt files a language id that VS Code does not have', () => {
    const [language] = contributes.languages;
    assert.ok(language?.id !== 'prompt');
    assert.deepEqual(language?.extensions, ['.prompt']);
  });
});
