/** What a person does in VS Code's own user interface. Every function waits until it is done, or throws. */
import type { Frame, Locator, Page } from 'playwright-core';
import { succeeds } from '../eventually.ts';

/** Two slow cores open the first webview of a window in 4 s. */
const PATIENCE_MS = 30_000;

/** VS Code's menus ignore the mouse in their first 100 ms. */
const MENU_DEAF_MS = 200;

/** For the rows of an open palette. */
const OFFER_MS = 4000;

/** A palette is gone long before, once a row of it is taken. */
const PRESS_MS = 3000;

const QUICK_INPUT = '.quick-input-widget .quick-input-box input';
const QUICK_INPUT_ROWS = '.quick-input-list .monaco-list-row';

/** The explorer shows before the extensions' menus are in; their activity bar entry comes with them. */
export async function waitForContributions(page: Page, activityBar: string): Promise<void> {
  await activityBarEntry(page, activityBar).waitFor({ timeout: PATIENCE_MS });
}

/** As a person does it: VS Code saves the state of its editors first, which a reload of the browser page may cut off. */
export async function reloadWindow(page: Page, activityBar: string): Promise<void> {
  const loaded = page.waitForEvent('load', { timeout: PATIENCE_MS });
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
  await waitForContributions(page, activityBar);
}

/** Opens the side bar of an activity bar entry, unless it is open: a press would close it. */
export async function openSideBar(page: Page, activityBar: string): Promise<void> {
  const isOpen = activityBarEntry(page, activityBar, '.checked');
  if ((await isOpen.count()) === 0) await activityBarEntry(page, activityBar).click();
}

/** The row of a file or folder in the explorer, by its name. */
export function explorerRow(page: Page, name: string): Locator {
  const label = page.locator('.label-name', { hasText: new RegExp(`^${escapeExpression(name)}$`, 'u') });
  return page.locator('.explorer-folders-view .monaco-list-row', { has: label });
}

/** Opens a file of the explorer in an editor that stays (no preview). */
export async function openFile(page: Page, name: string): Promise<void> {
  await explorerRow(page, name).dblclick();
  await editorTab(page, name).waitFor({ timeout: PATIENCE_MS });
}

/** The tab with this title, of a file or of a webview panel. */
export function editorTab(page: Page, title: string): Locator {
  return page.locator('.tabs-container .tab', { hasText: title });
}

/** Right-clicks and chooses; several labels go down into submenus. */
export async function contextMenu(page: Page, target: Locator, labels: readonly string[]): Promise<void> {
  const [first = '', ...deeper] = labels;
  await openMenuWith(page, target, first);
  for (const label of deeper) {
    await menuEntry(page, labels[labels.indexOf(label) - 1] ?? '').hover();
    await menuEntry(page, label).waitFor({ timeout: PATIENCE_MS });
  }
  await page.waitForTimeout(MENU_DEAF_MS);
  await menuEntry(page, labels.at(-1) ?? '').click({ timeout: PATIENCE_MS });
  await page.locator('.monaco-menu').first().waitFor({ state: 'hidden', timeout: PATIENCE_MS });
}

/** The labels of the menu that a right click opens, top level only; the menu is closed again. */
export async function contextMenuLabels(page: Page, target: Locator): Promise<string[]> {
  await target.click({ button: 'right' });
  await page.locator('.monaco-menu:visible').first().waitFor({ timeout: PATIENCE_MS });
  const labels = await page.locator('.monaco-menu .action-label').allInnerTexts();
  await page.keyboard.press('Escape');
  return labels.map((label) => label.trim()).filter((label) => label !== '');
}

/** Runs a command by its title in the command palette, e.g. `Underglass: Trace Activations`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const row = await offerCommand(page, title);
  const deadline = Date.now() + PATIENCE_MS;
  if ((await row.getAttribute('class'))?.includes('focused')) await page.keyboard.press('Enter');
  // A press is lost while the rows are drawn anew. Not asked to be steady: a machine that draws few frames calls no row so.
  else await succeeds(row.click({ force: true, timeout: PRESS_MS }));
  while (!(await isTaken(page, title))) {
    if (Date.now() > deadline) throw new Error(`"${title}" stays in the palette.`);
    await succeeds(row.click({ force: true, timeout: PRESS_MS }));
  }
}

/** Whether the palette that offers a command closes, or what the command asks takes its place, within 3 s. */
async function isTaken(page: Page, title: string): Promise<boolean> {
  const input = page.locator(QUICK_INPUT);
  const deadline = Date.now() + PRESS_MS;
  while (Date.now() < deadline) {
    if (!(await input.isVisible())) return true;
    // The same box serves what a command asks, which may have a row of this title: its text tells them apart.
    const text = await input.inputValue({ timeout: PRESS_MS }).catch(() => '');
    if (text !== `>${title}`) return true;
    await page.waitForTimeout(25);
  }
  return false;
}

/**
 * Opens the command palette at the row of a command. An editor or a panel that is still opening takes the focus and
 * closes the palette, and the palette of an editor that is not ready lists less: it is closed and opened again.
 */
export async function offerCommand(page: Page, title: string): Promise<Locator> {
  const row = page.locator(QUICK_INPUT_ROWS, { hasText: title }).first();
  const deadline = Date.now() + 2 * PATIENCE_MS;
  let listed: string[] = [];
  while (Date.now() < deadline) {
    await openPalette(page, `>${title}`);
    if (await succeeds(row.waitFor({ timeout: OFFER_MS }))) return row;
    listed = await page.locator(QUICK_INPUT_ROWS).allInnerTexts();
  }
  const tabs = await page.locator('.tabs-container .tab.active').allInnerTexts();
  throw new Error(
    `The palette does not list "${title}" but ${listed.join(' | ')}; active: ${tabs.join(' | ')}`,
  );
}

/** Titles that the command palette offers for a text. */
export async function paletteTitles(page: Page, text: string): Promise<string[]> {
  await openPalette(page, `>${text}`);
  const rows = page.locator(`${QUICK_INPUT_ROWS} .label-name`);
  await rows.first().waitFor({ timeout: PATIENCE_MS });
  const titles = await rows.allInnerTexts();
  await page.keyboard.press('Escape');
  return titles;
}

/** Rests the mouse on a word of the visible editor and returns the hover, which stays open. */
export async function hoverText(page: Page, word: string): Promise<Locator> {
  const box = await wordBox(page, word);
  const hover = page.locator('.monaco-hover:visible .hover-contents').first();
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    // A hover starts by a movement over the text, not by an appearance there.
    await page.mouse.move(box.x - 2, box.y);
    await page.mouse.move(box.x, box.y, { steps: 3 });
    if (await succeeds(hover.waitFor({ timeout: 3000 }))) return hover;
  }
  throw new Error(`No hover appeared over "${word}".`);
}

/** The frame of a webview that holds `selector`. Frames are made anew on reload: ask again then. */
export async function webviewFrame(page: Page, selector: string): Promise<Frame> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      const found = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (found > 0) return frame;
    }
    await page.waitForTimeout(50);
  }
  const frames = page.frames().map((frame) => frame.url());
  throw new Error(`No webview holds "${selector}". Frames:\n${frames.join('\n')}`);
}

/** An entry of the status bar, by a part of its text. */
export function statusBarItem(page: Page, text: string): Locator {
  return page.locator('.statusbar-item', { hasText: text });
}

async function openPalette(page: Page, text: string): Promise<void> {
  const input = page.locator(QUICK_INPUT);
  // A palette that is open stays the one it was when it opened: its commands are not looked up again.
  for (let closing = 0; closing < 3 && (await input.isVisible()); closing++) {
    await page.keyboard.press('Escape');
    await input.waitFor({ state: 'hidden', timeout: 1000 }).catch(() => undefined);
  }
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    await page.keyboard.press('F1');
    try {
      // Typing before the box is there loses keys; one that is just closing takes none.
      await input.fill(text, { timeout: 3000 });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/**
 * The menu may open before an extension's entries are in it, and a row may move away under the mouse while its view is
 * laid out: the menu is opened again until it is the one.
 */
async function openMenuWith(page: Page, target: Locator, label: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  let shown = '';
  while (Date.now() < deadline) {
    await target.click({ button: 'right', timeout: 5000 }).catch(() => undefined);
    const menu = page.locator('.monaco-menu:visible').first();
    await menu.waitFor({ timeout: 5000 }).catch(() => undefined);
    if ((await menuEntry(page, label).count()) > 0) return;
    shown = await menu.innerText({ timeout: 500 }).catch(() => 'no menu opened');
    await page.keyboard.press('Escape');
    // What hovers beside the mouse would take the next click.
    await page.mouse.move(0, 0);
    await page.waitForTimeout(500);
  }
  const of = await target.evaluate((element) => element.outerHTML).catch(String);
  throw new Error(`No "${label}" in the context menu:\n${shown}\nof ${of.slice(0, 1000)}`);
}

function menuEntry(page: Page, label: string): Locator {
  const exactly = new RegExp(`^\\s*${escapeExpression(label)}\\s*$`, 'u');
  return page.locator('.monaco-menu:visible .action-label', { hasText: exactly }).last();
}

/** `state`: class of what is looked for, `.checked` when its side bar is open. */
function activityBarEntry(page: Page, title: string, state = ''): Locator {
  return page.locator(`.activitybar .action-item${state} .action-label[aria-label^="${title}"]`);
}

async function wordBox(page: Page, word: string): Promise<{ x: number; y: number }> {
  const span = page.locator('.editor-instance .view-line span span', { hasText: word }).first();
  await span.waitFor({ timeout: PATIENCE_MS });
  const found = await span.evaluate((element, text) => {
    const node = [...element.childNodes].find((child) => child.textContent?.includes(text));
    if (node === undefined) return undefined;
    const start = node.textContent?.indexOf(text) ?? 0;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + text.length);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  }, word);
  if (found === undefined) throw new Error(`"${word}" spans several coloured pieces of the editor's line.`);
  return found;
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`);
}
