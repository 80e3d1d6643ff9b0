import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually, eventuallyEqual } from '../../support/eventually.ts';
import type { OpenedPage } from './openPage.ts';

/** What a page shows, once it does: each waits for its condition and fails with what was seen last. */

/** The text with every run of spaces made one. */
export async function hasText(locator: Locator, expected: string | RegExp): Promise<void> {
  await eventually(
    async () => tidy(await locator.innerText()),
    (text) => matches(text, expected),
  );
}

export async function hasTexts(locator: Locator, expected: readonly string[]): Promise<void> {
  await eventuallyEqual(async () => (await locator.allInnerTexts()).map(tidy), [...expected]);
}

export async function hasCount(locator: Locator, expected: number): Promise<void> {
  await eventuallyEqual(() => locator.count(), expected, `count of ${String(locator)}`);
}

export async function hasAttribute(locator: Locator, name: string, expected: string | RegExp): Promise<void> {
  await eventually(
    () => locator.getAttribute(name),
    (value) => matches(value ?? `no ${name}`, expected),
  );
}

/** What stands in a field: before it is filled, that it is the one meant. */
export async function hasValue(field: Locator, expected: string): Promise<void> {
  await eventuallyEqual(() => field.inputValue(), expected);
}

/** Parameters of all calls of a method. */
export async function hasCalls(
  { calls }: Pick<OpenedPage<never>, 'calls'>,
  method: string,
  expected: readonly unknown[],
): Promise<void> {
  await eventuallyEqual(() => calls(method), expected);
}

export function tidy(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

function matches(value: string, expected: string | RegExp): void {
  if (typeof expected === 'string') assert.equal(value, expected);
  else assert.match(value, expected);
}
