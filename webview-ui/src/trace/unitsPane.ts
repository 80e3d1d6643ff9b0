import { html, nothing, type TemplateResult } from 'lit';
import type { UnitReading } from '../../../src/core/trace/readings.ts';
import { bylineOf, scoreOfWords } from '../../../src/core/trace/words.ts';
import { walkRows } from '../controls/rowKeys.ts';
import { saidWords } from '../controls/saidWords.ts';
import { unitLink } from '../controls/unitLink.ts';
import { columnFormat, formatExact } from '../draw/format.ts';
import { bar, divergingBar } from '../draw/bars.ts';
import { tipOn, type TipContent } from '../controls/tip.ts';

export interface UnitsPaneModel {
  readonly id: string;
  readonly units: readonly UnitReading[];
  /** Id of the unit that colours the tokens, if one does. */
  readonly coloured: string | null;
  readonly empty: string;
  readonly onColour: (unit: UnitReading) => void;
  readonly onOpen: (id: string) => void;
}

/** Neurons or latents at a place, strongest first. Choosing one colours the tokens by it. */
export function unitsPane({ id, units, coloured, empty, onColour, onOpen }: UnitsPaneModel): TemplateResult {
  if (units.length === 0) return html`<p class="nothing dim" id=${id}>${empty}</p>`;
  const signed = units.some(({ value }) => value < 0);
  const format = columnFormat(
    units.map(({ value }) => value),
    { signed },
  );
  const most = units.reduce((max, { value }) => Math.max(max, Math.abs(value)), 0);
  const worded = units.some(({ known }) => known !== null);
  const stop = units.find((unit) => unit.id === coloured)?.id ?? units[0]?.id;
  return html`<table class="list units ${worded ? '' : 'bare'}" id=${id} role="grid">
    <thead>
      <tr>
        <th scope="col">${id === 'latents' ? 'Latent' : 'Neuron'}</th>
        ${worded ? html`<th scope="col">Words</th>` : nothing}
        <th scope="col" class="num" colspan="2">Activation</th>
      </tr>
    </thead>
    <tbody @keydown=${walkRows}>
      ${units.map((unit) => {
        const share = most > 0 ? unit.value / most : 0;
        return html`<tr
          class="choice ${unit.id === coloured ? 'selected' : ''}"
          data-unit=${unit.id}
          tabindex=${unit.id === stop ? 0 : -1}
          aria-selected=${String(unit.id === coloured)}
          ${tipOn(() => unitTip(unit))}
          @click=${() => onColour(unit)}
        >
          <td class="mono id ${worded ? 'dim' : ''}">${unitLink(unit.id, onOpen)}</td>
          ${worded ? html`<td class="grow words">${words(unit)}</td>` : nothing}
          <td class="bar-cell">${signed ? divergingBar(share) : bar(share)}</td>
          <td class="num">${format(unit.value)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function unitTip(unit: UnitReading): TipContent {
  const rows: (readonly [string, string])[] = [['Activation', formatExact(unit.value)]];
  if (unit.known) {
    const { known } = unit;
    for (const each of [known, ...(known.also ?? [])])
      rows.push(['Words', each.words], ['By', bylineOf(each)]);
  }
  return { title: unit.id, rows: [...rows, ['Enter', 'colours by it'], ['O', 'opens its page']] };
}

function words(unit: UnitReading): TemplateResult {
  if (!unit.known) return html`<span class="dim">no words yet</span>`;
  return saidWords({ words: unit.known.words, score: scoreOfWords(unit.known) });
}
