import { html, nothing, type TemplateResult } from 'lit';
import type { TokenReading, UnitReading } from '../../../src/core/trace/readings.ts';
import { unitLink } from '../controls/unitLink.ts';
import { walkRows } from '../controls/rowKeys.ts';
import { columnFormat, formatExact } from '../draw/format.ts';
import { bar } from '../draw/bars.ts';
import { tipOn, type TipContent } from '../controls/tip.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';

/** The heads of a layer at a token: where each looks and how much it writes. Choosing one shows its pattern. */
export function headsPane(options: {
  readonly heads: readonly UnitReading[];
  readonly tokens: readonly TokenReading[];
  readonly head: number;
  readonly onHead: (reading: UnitReading) => void;
  readonly onOpen: (id: string) => void;
}): TemplateResult {
  const { heads, tokens, head, onHead, onOpen } = options;
  const format = columnFormat(heads.map(({ value }) => value));
  return html`<table class="list heads" id="heads" role="grid">
    <thead>
      <tr>
        <th scope="col">Head</th>
        <th scope="col">Attends to</th>
        <th scope="col" class="num" colspan="2">Weight</th>
        <th scope="col" class="num extra">Writes</th>
      </tr>
    </thead>
    <tbody @keydown=${walkRows}>
      ${heads.map((reading) => {
        const chosen = reading.unit.kind === 'head' && reading.unit.head === head;
        return html`<tr
          class="choice ${chosen ? 'selected' : ''}"
          data-unit=${reading.id}
          tabindex=${chosen ? 0 : -1}
          aria-selected=${String(chosen)}
          ${tipOn(() => headTip(reading, tokens))}
          @click=${() => onHead(reading)}
        >
          <td class="mono id dim">${unitLink(reading.id, onOpen)}</td>
          <td class="grow">${target(reading, tokens)}</td>
          <td class="bar-cell">${bar(reading.attendsTo?.weight ?? 0)}</td>
          <td class="num">${reading.attendsTo === null ? '–' : reading.attendsTo.weight.toFixed(2)}</td>
          <td class="num extra">${format(reading.value)}</td>
        </tr>`;
      })}
      ${
        heads.length === 0
          ? html`<tr>
              <td colspan="5" class="dim">No heads to show.</td>
            </tr>`
          : nothing
      }
    </tbody>
  </table>`;
}

function headTip(reading: UnitReading, tokens: readonly TokenReading[]): TipContent {
  const { attendsTo } = reading;
  const rows: (readonly [string, string])[] = [['Norm of what it writes', formatExact(reading.value)]];
  if (attendsTo !== null) {
    const { position, weight } = attendsTo;
    const token = tokens[position];
    const text = token === undefined ? '' : `${tokenLabel(token, position)} `;
    rows.push(['Attends most to', `${text}@${position}`], ['Weight', formatExact(weight)]);
  }
  return { title: reading.id, rows };
}

function target(reading: UnitReading, tokens: readonly TokenReading[]): TemplateResult | typeof nothing {
  if (reading.attendsTo === null) return nothing;
  const { position } = reading.attendsTo;
  const token = tokens[position];
  return html`${token === undefined ? nothing : html`<span class="mono">${tokenView(token, position)}</span>`}
    <span class="dim">@${position}</span>`;
}
