/** What a person does in VS Code's quick picks, input boxes, file dialogs and notifications. Every function waits. */
import type { Locator, Page } from 'playwright-core';
import { succeeds } from '../eventually.ts';

const PATIENCE_MS = 30_000;
const WIDGET = '.quick-input-widget:visible';

/** The open quick pick or input box whose title, placeholder or prompt holds a text. */
export function quickInput(page: Page, title: string): Locator {
  return page.locator(WIDGET).filter({ hasText: title });
}

/** Chooses a row of the open quick pick by a part of its text. */
export async function pickRow(page: Page, text: string, title = ''): Promise<void> {
  const row = quickInput(page, title).locator('.monaco-list-row', { hasText: text }).first();
  await row.waitFor({ timeout: PATIENCE_MS });
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    // Not asked to be steady: a machine that draws few frames calls no row so.
    await succeeds(row.click({ force: true, timeout: 2000 }));
    if (await succeeds(row.waitFor({ state: 'hidden', timeout: 2000 }))) return;
  }
  throw new Error(`"${text}" could not be chosen.`);
}

/** In a quick pick of many: only the rows named so stay chosen, and the choice is confirmed. */
export async function pickOnly(page: Page, names: readonly string[], title: string): Promise<void> {
  const pick = quickInput(page, title);
  await pick.locator('.monaco-list-row').first().waitFor({ timeout: PATIENCE_MS });
  const input = page.locator(`${WIDGET} .quick-input-box input`);
  const deadline = Date.now() + PATIENCE_MS;
  do {
    if (Date.now() > deadline) throw new Error(`Not these alone could be chosen: ${names.join(', ')}.`);
    // Chosen in part or in full: once or twice until none is.
    for (let press = 0; press < 2 && (await countOf(pick)) > 0; press++)
      await pick.getByRole('checkbox').first().click();
    for (const name of names) {
      await input.fill(name);
      await pick.locator('.monaco-list-row', { hasText: name }).first().click({ timeout: PATIENCE_MS });
    }
    await input.fill('');
    // The rows that the extension has chosen itself may come late, over what a person chose.
    await page.waitForTimeout(200);
  } while ((await countOf(pick)) !== names.length);
  await page.keyboard.press('Enter');
  await pick.waitFor({ state: 'hidden', timeout: PATIENCE_MS });
}

async function countOf(pick: Locator): Promise<number> {
  return Number.parseInt(await pick.getByText(/^\d+ Selected$/u).innerText(), 10);
}

/** Types into the open input box, file dialog or quick pick, and accepts. */
export async function answerInput(page: Page, title: string, text: string): Promise<void> {
  const box = quickInput(page, title);
  await box.waitFor({ timeout: PATIENCE_MS });
  await box.locator('.quick-input-box input').fill(text);
  await page.keyboard.press('Enter');
}

/** Types a path into the open file dialog, which shows one already, and accepts. */
export async function answerPath(page: Page, file: string): Promise<void> {
  const input = page.locator(`${WIDGET} .quick-input-box input`);
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await input.inputValue().catch(() => '')).startsWith('/')) {
    if (Date.now() > deadline) throw new Error('No file dialog opened.');
    await page.waitForTimeout(50);
  }
  // The dialog still reads its own folder, and puts what is typed meanwhile behind that folder's path.
  await page.locator(`${WIDGET} .monaco-list-row`).first().waitFor({ timeout: PATIENCE_MS });
  do {
    await input.fill(file);
    await page.waitForTimeout(400);
  } while ((await input.inputValue()) !== file && Date.now() < deadline);
  // The dialog reads the folder of what is typed before it accepts.
  for (let press = 0; press < 5 && (await input.isVisible()); press++) {
    await page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => undefined);
  }
}

/** A notification that is shown, by a part of its text. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator('.notification-toast', { hasText: text }).first();
}

/**
 * Presses a button of a notification, such as Cancel of one with progress, until the notification goes: what it says
 * is drawn anew with each step of the progress, and a press that falls between is lost.
 */
export async function pressNotification(page: Page, text: string, name: string): Promise<void> {
  const toast = notification(page, text);
  await toast.waitFor({ timeout: PATIENCE_MS });
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const button = toast.getByRole('button', { name, exact: true });
    const isPressed = await succeeds(button.click({ timeout: 2000 }));
    // One that went by itself makes room for the next with such a text.
    if (isPressed && (await succeeds(toast.waitFor({ state: 'hidden', timeout: 2000 })))) return;
  }
  throw new Error(`"${name}" could not be pressed in a notification of "${text}".`);
}
