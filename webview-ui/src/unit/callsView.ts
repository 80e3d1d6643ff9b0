import { html, nothing, type TemplateResult } from 'lit';
import type { LanguageCall, ScoreDetail } from '../../../src/core/explain/explanation.ts';
import { button } from '../controls/button.ts';
import { bigNumber } from './figures.ts';
import type { UnitStore } from './store.ts';

const PURPOSES: Readonly<Record<LanguageCall['purpose'], string>> = {
  explain: 'Explain',
  simulate: 'Simulate',
  detect: 'Detect',
  fuzz: 'Fuzz',
  revise: 'Revise',
  'counter-examples': 'Counter-examples',
  pairs: 'Pairs',
};

/** Every exchange with a language model, exactly as it was sent, folded. */
export function callsView({ calls }: ScoreDetail, store: UnitStore): TemplateResult | typeof nothing {
  if (calls.length === 0) return nothing;
  return html`<section class="calls">
    <h3>Sent and received <span class="dim">${calls.length} exchanges, exactly as sent</span></h3>
    ${calls.map((call, i) => callView(call, i, store))}
  </section>`;
}

function callView(call: LanguageCall, at: number, store: UnitStore): TemplateResult {
  const { purpose, cached, promptTokens, completionTokens, messages, reply, error, note } = call;
  const cost = cached
    ? 'from the cache'
    : `${bigNumber(promptTokens)} + ${bigNumber(completionTokens)} tokens`;
  return html`<details class="call" data-call=${at}>
    <summary>
      ${PURPOSES[purpose]} <span class="dim">${cost}${note === undefined ? nothing : ` · ${note}`}</span>
      ${error === null ? nothing : html`<span class="problem">${error}</span>`}
    </summary>
    ${messages.map(
      ({ role, content }) =>
        html`<h4>${role}</h4>
          <pre class="mono">${content}</pre>`,
    )}
    <h4>reply</h4>
    ${reply === null ? html`<p class="dim">none</p>` : html`<pre class="mono">${reply}</pre>`}
    ${button({
      label: 'Copy',
      secondary: true,
      onClick: () => store.copy(JSON.stringify({ messages, reply }, null, 2)),
    })}
  </details>`;
}
