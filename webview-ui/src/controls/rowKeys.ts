/**
 * Keyboard walk over the rows of a table (roving tabindex): arrows, Home and End move the focus, Enter and Space
 * click the row. Put it on the tbody as a keydown listener; rows that can be walked carry a tabindex.
 */
export function walkRows(event: KeyboardEvent): void {
  const body = event.currentTarget as HTMLElement;
  const rows = [...body.querySelectorAll<HTMLElement>('tr[tabindex]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (at === -1) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    rows[at]?.click();
    return;
  }
  const targets: Record<string, number> = {
    ArrowUp: Math.max(0, at - 1),
    ArrowDown: Math.min(rows.length - 1, at + 1),
    Home: 0,
    End: rows.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  for (const [i, row] of rows.entries()) row.tabIndex = i === target ? 0 : -1;
  rows[target]?.focus();
}
