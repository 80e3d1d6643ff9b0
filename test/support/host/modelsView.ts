/** What a person does in the view of models and SAEs, and in the dialogs that it opens. Every function waits. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually, eventuallyEqual, succeeds } from '../eventually.ts';
import { webviewFrame } from './workbenchUi.ts';

/** A busy machine runs models in the same process that looks things up. */
export const PATIENCE_MS = 60_000;

/** A row of the view of models. */
export function row(page: Page, name: string): Locator {
  const label = page.locator('.label-name', {
    hasText: new RegExp(`^${name.replaceAll('.', String.raw`\.`)}$`, 'u'),
  });
  return page
    .locator('.pane', { has: page.locator('.pane-header', { hasText: /Models And SAEs/iu }) })
    .locator('.monaco-list-row', { has: label })
    .first();
}

/** Closes a view of the side bar. */
export async function collapse(page: Page, title: RegExp): Promise<void> {
  const header = page.locator('.pane-header', { hasText: title });
  await header.locator('.title').click();
  await eventuallyEqual(() => header.getAttribute('aria-expanded'), 'false');
}

/** Waits until a row says something. */
export async function says(target: Locator, text: RegExp): Promise<void> {
  await target.filter({ hasText: text }).waitFor({ timeout: PATIENCE_MS });
}

/** Opens a row's children. */
export async function expand(page: Page, target: Locator): Promise<void> {
  await target.waitFor({ timeout: PATIENCE_MS });
  if ((await target.getAttribute('aria-expanded')) === 'true') return;
  await target.click();
  await eventuallyEqual(() => target.getAttribute('aria-expanded'), 'true');
  await page.mouse.move(0, 0);
}

/** Presses a button of a row. */
export async function rowAction(target: Locator, name: string): Promise<void> {
  await target.waitFor({ timeout: PATIENCE_MS });
  await target.hover();
  await target.locator(`.action-label[aria-label="${name}"]`).click({ timeout: PATIENCE_MS });
}

/** Acts until something shows: a row that is drawn anew under the mouse swallows a click. */
export async function actUntil(shown: Locator, act: () => Promise<void>): Promise<void> {
  for (let tries = 1; tries < 3; tries++) {
    await act();
    if (await succeeds(shown.waitFor({ timeout: PATIENCE_MS / 4 }))) return;
  }
  await act();
  await shown.waitFor({ timeout: PATIENCE_MS });
}

/** Presses a button of the modal dialog, which goes. */
export async function pressDialog(page: Page, name: RegExp): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: PATIENCE_MS });
  await dialog.getByRole('button', { name }).click();
  await dialog.waitFor({ state: 'hidden', timeout: PATIENCE_MS });
}

/** What the report of a model says first, once it is shown. */
export async function verdict(page: Page, model: string): Promise<string> {
  return eventually(
    async () => {
      const report = await webviewFrame(page, `h1:has-text("Verify ${model}")`);
      return report.locator('p', { hasText: 'Verdict:' }).first().innerText();
    },
    (text) => assert.match(text, /^Verdict: /u),
  );
}
