/**
 * Pictures of every view in a real VS Code: `npx tsx scripts/shots.ts [dark|light|high-contrast ...] [units ...]`
 * Written to media/screenshots/; parts of the dark ones are the walkthrough's, in media/walkthrough/. Needs the build (`npm run build`) and what the extension tests need.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { succeeds } from '../test/support/eventually.ts';
import { openWorkbench, type Theme, type Workbench } from '../test/support/host/workbench.ts';
import {
  contextMenu,
  explorerRow,
  hoverText,
  openFile,
  openSideBar,
  runCommand,
  webviewFrame,
} from '../test/support/host/workbenchUi.ts';
import { startHubServer } from '../test/support/hubServer.ts';
import { shootModels, type Area, type Shoot } from './shots/models.ts';
import { shootScan, shootUnits } from './shots/units.ts';
import { ROOT } from './test/files.ts';

const FOLDER = path.join(ROOT, 'media', 'screenshots');
const WALKTHROUGH = path.join(ROOT, 'media', 'walkthrough');
const THEMES: readonly Theme[] = ['dark', 'light', 'high-contrast'];
const SIZE = { width: 1360, height: 860 };
const TRACE = 'Underglass: Trace Activations';
const DEBUG = 'Underglass: Debug Target vs Distractor';

/** Where the panel begins when the side bar is hidden. */
const PANEL_LEFT = 706;

/** VS Code fades, folds and slides for so long after it has done something. */
const STILL_MS = 900;

/** Prompts that are debugged together. */
const MANY = ['colours.prompt', 'gender.prompt', 'ioi.prompt'];

const PROBLEMS = `---
traget: " Mary"
distractor: " Johnathan"
---
When Mary and John went to the store, John gave a drink to${' '}
`;

/** Steps of the walkthrough, 400 px wide in VS Code, with the part of a picture that shows them. */
const INSETS: Readonly<Record<string, { readonly step: string; readonly area: Area }>> = {
  menu: { step: 'example', area: { x: 48, y: 36, width: 532, height: 430 } },
  trace: { step: 'trace', area: { x: PANEL_LEFT, y: 66, width: 640, height: 310 } },
  hover: { step: 'hover', area: { x: 476, y: 38, width: 658, height: 234 } },
  latent: { step: 'colour', area: { x: 60, y: 216, width: 640, height: 106 } },
  models: { step: 'model', area: { x: 48, y: 93, width: 302, height: 445 } },
};

const wanted = new Set(process.argv.slice(2));
const themes = THEMES.filter((name) => wanted.has(name));
for (const theme of themes.length === 0 ? THEMES : themes) await shootTheme(theme);

async function shootTheme(theme: Theme): Promise<void> {
  const settings = { 'editor.minimap.enabled': false, 'window.commandCenter': false };
  // Where models and SAEs are added from.
  const server = await startHubServer();
  const env = server.environment;
  const workbench = await openWorkbench({ workspace: 'examples', theme, size: SIZE, settings, env });
  const shoot = async (name: string, area?: Area): Promise<void> => {
    await shootArea(workbench.page, path.join(FOLDER, `${name}-${theme}.png`), area);
    const inset = theme === 'dark' ? INSETS[name] : undefined;
    if (inset) await shootArea(workbench.page, path.join(WALKTHROUGH, `${inset.step}.png`), inset.area);
  };
  try {
    const parts = {
      first: shootFirstSteps,
      trace: shootTrace,
      debug: shootDebug,
      many: shootMany,
      units: shootUnits,
      scan: shootScan,
      problems: shootProblems,
      models: (bench: Workbench, take: Shoot) => shootModels(bench, take, server),
    };
    const named = Object.entries(parts).filter(([name]) => wanted.has(name));
    for (const [, run] of named.length === 0 ? Object.entries(parts) : named) await run(workbench, shoot);
    console.log(`${theme}: done`);
  } catch (error) {
    await shoot('failed');
    throw error;
  } finally {
    await workbench.close();
    await server.close();
  }
}

async function shootFirstSteps({ page }: Workbench, shoot: Shoot): Promise<void> {
  await openSideBar(page, 'Underglass');
  await page.locator('.welcome-view-content a').first().waitFor();
  await shoot('welcome', { x: 0, y: 36, width: 350, height: 300 });
  await runCommand(page, 'Welcome: Open Walkthrough...');
  await page
    .locator('.quick-input-list .monaco-list-row', { hasText: 'Look inside a language model' })
    .click();
  await page.locator('.getting-started-step').first().waitFor();
  await shoot('walkthrough');
  await runCommand(page, 'View: Close All Editors');
  await openSideBar(page, 'Explorer');
}

async function shootTrace({ page }: Workbench, shoot: Shoot): Promise<void> {
  await openFile(page, 'ioi.prompt');
  await explorerRow(page, 'ioi.prompt').click({ button: 'right' });
  await page.locator('.monaco-menu .action-label', { hasText: TRACE }).waitFor();
  await shoot('menu', { x: 0, y: 36, width: 760, height: 620 });
  await page.keyboard.press('Escape');
  await contextMenu(page, explorerRow(page, 'ioi.prompt'), [TRACE]);
  const frame = await tracedFrame(page);
  await page.keyboard.press('Control+b');
  await shoot('trace');
  for (const tab of ['lens', 'latents', 'neurons', 'heads']) await shootTab(frame, { tab, shoot });
  await frame.locator('#tab-latents').click();
  await frame.locator('.strip').scrollIntoViewIfNeeded();
  const link = await hoveredLink(page, 'gave');
  await shoot('hover', { x: 0, y: 36, width: 1180, height: 420 });
  await link.click();
  await page.mouse.move(SIZE.width / 4, SIZE.height - 80);
  await runCommand(page, 'Underglass: Toggle Token Colours in the Editor');
  await page.locator('.view-overlays .cdr[class*="ced-"]').first().waitFor();
  await shoot('latent');
  await openSideBar(page, 'Underglass');
  const traces = page.locator('.pane', { has: page.locator('.pane-header', { hasText: /Traces/u }) });
  await traces.locator('.monaco-list-row', { hasText: 'ioi.prompt' }).first().waitFor();
  await page.locator('.pane .monaco-list-row', { hasText: /default · loaded/u }).waitFor();
  await page.locator('.monaco-progress-container.active').first().waitFor({ state: 'hidden' });
  await shoot('home', { x: 0, y: 36, width: 350, height: 420 });
  await runCommand(page, 'Underglass: Show Status');
  await shoot('status', { x: 350, y: 0, width: 700, height: 260 });
  await page.keyboard.press('Escape');
  await runCommand(page, 'Underglass: Toggle Token Colours in the Editor');
  await runCommand(page, 'View: Close All Editors');
}

async function shootTab(
  frame: Frame,
  { tab, shoot }: { readonly tab: string; readonly shoot: Shoot },
): Promise<void> {
  await frame.locator(`#tab-${tab}`).click();
  await frame.locator(`#place-panel`).scrollIntoViewIfNeeded();
  await shoot(`trace-${tab}`, {
    x: PANEL_LEFT,
    y: 36,
    width: SIZE.width - PANEL_LEFT,
    height: SIZE.height - 70,
  });
}

async function shootDebug({ page }: Workbench, shoot: Shoot): Promise<void> {
  await openSideBar(page, 'Explorer');
  await openFile(page, 'ioi.prompt');
  await page.keyboard.press('Control+b');
  await contextMenu(page, page.locator('.view-line', { hasText: 'When Mary' }), [DEBUG]);
  const frame = await webviewFrame(page, 'ug-debug');
  const rows = frame.locator('#nodes tbody tr[data-key]');
  await rows.nth(5).waitFor({ timeout: 30_000 });
  await page.keyboard.press('Control+k');
  await page.keyboard.press('z');
  await page.waitForTimeout(4 * STILL_MS);
  await rows.nth(1).click();
  await shoot('debug');
  for (const tab of ['next', 'attention', 'effects', 'layers', 'sweeps', 'prompts']) {
    const button = frame.locator(`#tab-${tab}`);
    if ((await button.count()) === 0) continue;
    await button.click();
    await shoot(`debug-${tab}`);
  }
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await runCommand(page, 'View: Close All Editors');
}

/** Several prompts together: chosen in the explorer, debugged from its menu, swept. */
async function shootMany({ page }: Workbench, shoot: Shoot): Promise<void> {
  await openSideBar(page, 'Explorer');
  const [first = '', ...others] = MANY;
  await explorerRow(page, first).click();
  // The editor that opens takes the focus once.
  await page.waitForTimeout(STILL_MS);
  for (const name of others) await explorerRow(page, name).click({ modifiers: ['Control'] });
  await page.waitForTimeout(STILL_MS);
  await contextMenu(page, explorerRow(page, first), [DEBUG]);
  const frame = await webviewFrame(page, 'ug-many');
  const rows = frame.locator('#means tbody tr[data-key]');
  await rows.nth(5).waitFor({ timeout: 30_000 });
  await frame.locator('main[aria-busy=false]').waitFor({ timeout: 30_000 });
  await page.keyboard.press('Control+b');
  await frame.locator('#tab-sweep').click();
  await frame.locator('#sweep-run').click();
  await rows.nth(5).waitFor({ timeout: 30_000 });
  await frame.locator('main[aria-busy=false]').waitFor({ timeout: 30_000 });
  await frame.locator('#tab-nodes').click();
  await rows.nth(0).click();
  await shoot('many');
  await runCommand(page, 'View: Close All Editors');
}

async function shootProblems({ page, workspace }: Workbench, shoot: Shoot): Promise<void> {
  writeFileSync(path.join(workspace, 'problems.prompt'), PROBLEMS);
  await openSideBar(page, 'Explorer');
  await openFile(page, 'problems.prompt');
  await page.locator('.squiggly-error, .squiggly-warning').nth(1).waitFor({ timeout: 20_000 });
  await runCommand(page, 'View: Focus Problems');
  await shoot('problems');
}

/** The first latent in the hover of a word. The first hover of a window may be gone before it is complete. */
async function hoveredLink(page: Page, word: string): Promise<Locator> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const link = (await hoverText(page, word)).locator('a').first();
    if (await succeeds(link.waitFor({ timeout: 5000 }))) return link;
    await page.mouse.move(SIZE.width / 4, SIZE.height - 80);
  }
  throw new Error(`The hover over "${word}" has no latents.`);
}

async function tracedFrame(page: Page): Promise<Frame> {
  const frame = await webviewFrame(page, 'ug-trace');
  await frame.locator('.strip .tok').nth(5).waitFor({ timeout: 30_000 });
  await frame.locator('#candidates').waitFor({ timeout: 30_000 });
  return frame;
}

async function shootArea(page: Page, file: string, area: Area | undefined): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  await page.waitForTimeout(STILL_MS);
  await page.screenshot({ path: file, animations: 'disabled', ...(area ? { clip: area } : {}) });
}
