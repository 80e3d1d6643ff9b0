import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import { MANY_VIEW_TYPE } from '../contributions.ts';
import { createPanels, type PanelRegistry } from '../panels/panelRegistry.ts';
import { ManyPanel, type ManyPanelContext } from './manyPanel.ts';
import { ManySession, type ManyContext } from './manySession.ts';
import type { PromptSet } from './promptFiles.ts';
import { persistedMany } from './validateMany.ts';

/** The panels of several prompts, one per set; a panel owns its session, which runs when the panel is made. */
export type ManyPanels = PanelRegistry<PromptSet, ManyPanel>;

export function createManyPanels(context: ManyPanelContext & ManyContext): ManyPanels {
  return createPanels<PromptSet, ManyPanel>({
    viewType: MANY_VIEW_TYPE,
    title: 'Debug',
    log: context.log,
    keyOf: ({ uris }) => uris.map(String).join('\n'),
    make: (panel, prompts, state) => {
      const persisted = persistedMany(state);
      const session = new ManySession(prompts, persisted?.options ?? null, context);
      const made = new ManyPanel(panel, session, context, persisted?.tab ?? null);
      session.run();
      return made;
    },
    restore: async (state) => {
      const persisted = persistedMany(state);
      if (!persisted) return null;
      return { title: persisted.title, uris: persisted.uris.map((uri) => vscode.Uri.parse(uri, true)) };
    },
  });
}

/** Shows prompts together. @throws file/not-found without prompts */
export function debugTogether(prompts: PromptSet, panels: ManyPanels): ManyPanel {
  if (prompts.uris.length === 0) {
    throw new InterpError('file/not-found', `There are no *.prompt files in ${prompts.title}.`, {
      data: { folder: prompts.title },
    });
  }
  return panels.show(prompts);
}
