import * as vscode from 'vscode';

/** A quick pick that also takes what is typed; undefined: nothing. */
export function pickOrType<Item extends vscode.QuickPickItem>(of: {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly Item[];
  /** The row for a text, which is never empty. */
  readonly typed: (text: string) => Item;
}): Promise<Item | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = of.title;
  pick.placeholder = of.placeholder;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.ignoreFocusOut = true;
  pick.items = of.items;
  return new Promise((resolve) => {
    pick.onDidChangeValue((value) => {
      const text = value.trim();
      // Last, so that Enter takes a row whose name is typed, and the text itself where no row fits.
      pick.items = text === '' ? of.items : [...of.items, of.typed(text)];
    });
    pick.onDidAccept(() => {
      const text = pick.value.trim();
      resolve(pick.selectedItems[0] ?? (text === '' ? undefined : of.typed(text)));
      pick.hide();
    });
    pick.onDidHide(() => {
      pick.dispose();
      resolve(undefined);
    });
    pick.show();
  });
}
