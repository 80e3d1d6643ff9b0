import { html, nothing, type TemplateResult } from 'lit';
import type { SweepKind } from '../../../src/protocol/debugContract.ts';
import type { ManyState, ManySweep } from '../../../src/protocol/manyViewContract.ts';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import { button } from '../controls/button.ts';
import { chooser } from '../controls/chooser.ts';
import { progressLine } from '../controls/progressLine.ts';
import { textField } from '../controls/textField.ts';
import { SWEEP_KINDS } from '../debug/sweepsPane.ts';
import type { ManyStore } from './store.ts';

/** What is ablated one at a time in every prompt, and how far it is. */
export function sweepBar(many: ManyState, store: ManyStore): TemplateResult {
  const { asked } = store;
  const layers = Array.from({ length: many.model?.n_layers ?? 0 }, (_, layer) => ({
    value: String(layer),
    label: `Layer ${layer}`,
  }));
  const done = many.prompts.filter(({ state }) => state === 'done').length;
  return html`<div class="filter-bar" role="toolbar" aria-label="Sweep">
      ${chooser({
        id: 'sweep-kind',
        label: 'What is ablated, one at a time',
        value: asked.kind,
        choices: SWEEP_KINDS,
        onChoose: (kind) => store.ask({ kind: kind as SweepKind }),
      })}
      ${
        asked.kind === 'neurons'
          ? chooser({
              id: 'sweep-layer',
              label: 'Layer',
              value: String(asked.layer ?? 0),
              choices: layers,
              onChoose: (layer) => store.ask({ layer: Number(layer) }),
            })
          : nothing
      }
      ${textField({
        id: 'sweep-positions',
        label: 'Positions: last, 7, 3..7, * for all',
        value: asked.positions,
        placeholder: 'last',
        problem: null,
        onEnter: (positions) => store.ask({ positions: positions.trim() || 'last' }),
      })}
      ${
        done === 0 || many.state === 'running'
          ? nothing
          : button({
              id: 'sweep-run',
              label: `Ablate one at a time in ${done} prompts`,
              onClick: () => store.runSweep(),
            })
      }
    </div>
    ${many.sweep === null ? nothing : progress(many.sweep, store)}`;
}

function progress({ state, done, total, message, failed }: ManySweep, store: ManyStore): TemplateResult {
  const through = `${done} of ${total} prompts`;
  return html`${
    state === 'running'
      ? progressLine({
          id: 'sweep',
          done,
          total,
          text: `${through} · ${message}`,
          onCancel: () => store.run('cancel'),
        })
      : state === 'cancelled'
        ? html`<p class="note dim" role="status">
            Cancelled: ${through} and what was measured of the next are shown.
          </p>`
        : nothing
  }
  ${failed.map(({ name, error }) => {
    const { message: why, next } = fromWireError(error);
    return html`<p class="note problem" role="alert">
      <span class="mono">${name}</span>: ${why} <span class="dim">${next}</span>
    </p>`;
  })}`;
}
