/** Whether a key goes into a field: then it is no key of the view. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.matches('input, textarea, select, [role=combobox]') || target.tagName.startsWith('VSCODE-SINGLE')
  );
}
