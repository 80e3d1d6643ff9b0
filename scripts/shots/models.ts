import type { Locator, Page } from 'playwright-core';
import { succeeds } from '../../test/support/eventually.ts';
import type { Workbench } from '../../test/support/host/workbench.ts';
import { contextMenu, openSideBar, runCommand, webviewFrame } from '../../test/support/host/workbenchUi.ts';
import {
  answerInput,
  notification,
  pressNotification,
  quickInput,
} from '../../test/support/host/quickPick.ts';
import type { HubServer } from '../../test/support/hubServer.ts';
import { modelRepository } from '../../test/support/publishedFiles.ts';

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Shoot = (name: string, area?: Area) => Promise<void>;

const ADD = 'Underglass: Add Model or SAE';
const REPOSITORY = 'someone/small-gpt2';
/** Eight SAEs of the embedded model are measured within this time. */
const HEALTH_MS = 300_000;
/** A button that goes away meanwhile is waited for so long. */
const PRESS_MS = 3000;

/** The list of what can be added, what a download would take, one under way, and the view with every SAE's health. */
export async function shootModels({ page }: Workbench, shoot: Shoot, server: HubServer): Promise<void> {
  const files = await modelRepository({ config: { n_embd: 256, n_layer: 8 } });
  server.add(REPOSITORY, { licence: 'mit', files });
  await openSideBar(page, 'Underglass');
  await row(page, 'underglass-tiny').waitFor();
  await endFirstIndex(page);
  await runCommand(page, ADD);
  await quickInput(page, 'Add Model or SAE').locator('.monaco-list-row').nth(3).waitFor();
  await shoot('add', { x: 370, y: 0, width: 620, height: 400 });
  await page.keyboard.press('Escape');
  // The configuration is read twice; the small files come before the weights.
  const small = Array.from(
    { length: Object.keys(files).length + 1 },
    () => ({ kind: 'ignore-range' }) as const,
  );
  server.next(...small, { kind: 'hold', after: 12_000_000 });
  const held = new Promise<void>((resolve) => server.onHold(resolve));
  await runCommand(page, ADD);
  await answerInput(page, 'Add Model or SAE', REPOSITORY);
  await page.locator('.monaco-dialog-box').waitFor();
  await shoot('add-confirm', { x: 440, y: 280, width: 480, height: 300 });
  await page
    .locator('.monaco-dialog-box')
    .getByRole('button', { name: /^Download/u })
    .click();
  await held;
  await notification(page, 'Adding someone/small-gpt2').waitFor();
  await shoot('download', { x: 0, y: 300, width: 1360, height: 560 });
  await pressNotification(page, 'Adding someone/small-gpt2', 'Cancel');
  await notification(page, 'Paused').waitFor();
  await runCommand(page, 'Notifications: Clear All Notifications');
  await contextMenu(page, row(page, 'underglass-tiny'), ['Check Health']);
  await row(page, 'underglass-tiny').click();
  await row(page, '3-res').filter({ hasText: /L0/u }).waitFor({ timeout: HEALTH_MS });
  await pane(page, 'Traces').click();
  await pane(page, 'Features').click();
  await row(page, '2-res').click();
  await page.mouse.move(700, 500);
  await shoot('models', { x: 0, y: 36, width: 350, height: 620 });
}

/** The first index would take the engine's time from what is shown here. It may have come to its end in other scenes. */
async function endFirstIndex(page: Page): Promise<void> {
  const features = await webviewFrame(page, 'ug-browser');
  const cancel = features.locator('#making-cancel');
  await cancel.or(features.locator('.unit-row')).first().waitFor();
  if (await cancel.isVisible()) await succeeds(cancel.click({ timeout: PRESS_MS }));
}

function pane(page: Page, title: string): Locator {
  return page.locator('.pane-header', { hasText: new RegExp(`^${title}`, 'u') }).first();
}

function row(page: Page, name: string): Locator {
  const label = page.locator('.label-name', { hasText: new RegExp(`^${name}$`, 'u') });
  return page
    .locator('.pane', { has: page.locator('.pane-header', { hasText: /Models And SAEs/iu }) })
    .locator('.monaco-list-row', { has: label })
    .first();
}
