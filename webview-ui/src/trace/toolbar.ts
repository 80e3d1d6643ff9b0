import { html, nothing, type TemplateResult } from 'lit';
import type { PageCommand, TraceView } from '../../../src/protocol/viewContract.ts';
import { iconButton } from '../controls/icon.ts';
import { menu, type MenuItem } from '../controls/menu.ts';
import { formatCount } from '../draw/format.ts';

export interface ToolbarModel {
  readonly view: TraceView | null;
  /** Known before the first trace, and when it fails. */
  readonly fileName: string;
  readonly tables: boolean;
  readonly menuOpen: boolean;
  readonly onCommand: (command: PageCommand) => void;
  readonly onTables: () => void;
  readonly onMenu: (open: boolean) => void;
  readonly onKeys: () => void;
}

const ITEMS: readonly MenuItem[] = [
  { label: 'Paint tokens in the editor', value: 'toggleDecorations' },
  { label: 'Open the log', value: 'openLog' },
  { label: 'Settings', value: 'openSettings' },
  { label: 'Keys', value: 'keys', keybinding: '?' },
];

/** First line: file, model, size of the prompt; then what can be done with the whole trace. */
export function toolbar(bar: ToolbarModel): TemplateResult {
  const { view } = bar;
  const choose = (value: string): void => {
    bar.onMenu(false);
    if (value === 'keys') bar.onKeys();
    else bar.onCommand(value as PageCommand);
  };
  return html`<header class="toolbar">
    ${
      view === null
        ? html`<b class="file" title=${bar.fileName}>${bar.fileName || 'Underglass'}</b>`
        : html`<b class="file" title=${view.fileName}>${view.fileName}</b>
            ${view.isSelection ? html`<span class="dim selection">selection</span>` : nothing}
            <span class="dim" title=${warningText(view)}>${view.model.name}</span>
            <span class="dim count">${formatCount(view.summary.tokens.length, 'token')}</span>`
    }
    <span class="space"></span>
    <div class="tools" role="toolbar" aria-label="Trace">
      ${
        view === null
          ? nothing
          : html`${iconButton({
              icon: 'table',
              label: bar.tables ? 'Show pictures (T)' : 'Show tables (T)',
              pressed: bar.tables,
              onClick: bar.onTables,
            })}
            ${iconButton({ icon: 'debug-alt', label: 'Debug target against distractor', onClick: () => bar.onCommand('debug') })}
            ${iconButton({ icon: 'refresh', label: 'Trace again', onClick: () => bar.onCommand('retrace') })}
            ${iconButton({ icon: 'export', label: 'Export as JSON', onClick: () => bar.onCommand('exportJson') })}`
      }
      <span class="menu-anchor">
        ${iconButton({
          icon: 'ellipsis',
          label: 'More',
          onClick: (event) => {
            event.stopPropagation();
            bar.onMenu(!bar.menuOpen);
          },
        })}
        ${menu({ items: ITEMS, open: bar.menuOpen, onChoose: choose })}
      </span>
    </div>
  </header>`;
}

function warningText({ model }: TraceView): string {
  const size = `${model.n_layers} layers, ${model.n_heads} heads, d_model ${model.d_model}`;
  return [size, ...model.warnings].join('\n');
}
