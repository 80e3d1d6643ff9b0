import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { html, noChange, type TemplateResult } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';

type Field = HTMLElement & { value: string };

/** Sets the text of a field at every redraw, but never over what a person has typed and not yet confirmed. */
class FieldValueDirective extends Directive {
  #field: Field | null = null;
  #isTyped = false;

  override render(_value: string): symbol {
    return noChange;
  }

  override update(part: ElementPart, [value]: [string]): symbol {
    this.#field ??= this.#watch(part.element as Field);
    if (!this.#isTyped && this.#field.value !== value) this.#field.value = value;
    return noChange;
  }

  #watch(field: Field): Field {
    field.addEventListener('input', () => void (this.#isTyped = true));
    // Enter, and leaving the field, which fires `change` only when the text is another.
    for (const end of ['change', 'blur']) field.addEventListener(end, () => void (this.#isTyped = false));
    return field;
  }
}

/** On a field: its text, which a redraw never puts over what is being typed. */
export const fieldValue = directive(FieldValueDirective);

/** A short text that takes effect on Enter or when the field is left. */
export function textField(options: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly problem: string | null;
  readonly onEnter: (value: string) => void;
}): TemplateResult {
  return html`<vscode-textfield
    ${fieldValue(options.value)}
    class="text-field"
    id=${options.id}
    .label=${options.label}
    aria-label=${options.label}
    placeholder=${options.placeholder}
    spellcheck="false"
    ?invalid=${options.problem !== null}
    @change=${(event: Event) => options.onEnter((event.target as Field).value)}
  ></vscode-textfield>`;
}
