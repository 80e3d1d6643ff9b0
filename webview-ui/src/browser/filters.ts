import { html, nothing, type TemplateResult } from 'lit';
import type { UnitCategory, UnitSort } from '../../../src/core/records/readings.ts';
import { chooser, type Choice } from '../controls/chooser.ts';
import { icon, iconButton } from '../controls/icon.ts';
import { chips, type Chip } from './chips.ts';
import { familyIn, setsOf, setTitle, type FamilyName } from './families.ts';
import type { BrowserStore } from './store.ts';

const SORT_CHOICES: readonly (Choice & { readonly value: UnitSort })[] = [
  { value: 'id', label: 'By id' },
  { value: 'score', label: 'By score' },
  { value: 'density', label: 'By density' },
  { value: 'max', label: 'By largest activation' },
  { value: 'words', label: 'By words' },
];

/** The limits are those of the list's own classes. */
const CATEGORY_CHIPS: readonly Chip<UnitCategory>[] = [
  { value: 'all', label: 'All', doc: 'Every unit of the family' },
  { value: 'dead', label: 'Dead', doc: 'Never active on the corpus' },
  { value: 'rare', label: 'Rare', doc: 'Active on fewer than 1 in 10,000 tokens' },
  { value: 'sparse', label: 'Sparse', doc: 'Active on 0.01 % to 10 % of tokens' },
  { value: 'dense', label: 'Dense', doc: 'Active on more than 10 % of tokens' },
  { value: 'explained', label: 'Explained', doc: 'Units with words' },
  { value: 'unexplained', label: 'Unexplained', doc: 'Units without words' },
];

/** What is listed: which family, what of it, in which order. */
export function filters(store: BrowserStore, family: FamilyName, toList: () => void): TemplateResult {
  return html`<div class="filters">
    <div class="family-line">${familyChoosers(store, family)}</div>
    ${searchField(store, toList)}
    <div class="sort-line">
      ${chooser({
        id: 'sort',
        label: 'Order',
        value: store.kept.sort,
        choices: SORT_CHOICES,
        onChoose: (sort) =>
          store.choose({ sort: sort as UnitSort, falling: sort !== 'id' && sort !== 'words' }),
      })}
      ${iconButton({
        id: 'falling',
        icon: store.kept.falling ? 'arrow-down' : 'arrow-up',
        label: store.kept.falling ? 'Falling: largest first' : 'Rising: smallest first',
        onClick: () => store.choose({ falling: !store.kept.falling }),
      })}
      <span class="space"></span>
      ${iconButton({
        id: 'pinned-only',
        icon: store.kept.pinnedOnly ? 'star-full' : 'star-empty',
        label: 'Only pinned units',
        pressed: store.kept.pinnedOnly,
        onClick: () => store.choose({ pinnedOnly: !store.kept.pinnedOnly }),
      })}
    </div>
    ${chips({
      id: 'category',
      label: 'Category',
      items: CATEGORY_CHIPS,
      value: store.kept.category,
      onChoose: (category) => store.choose({ category }),
    })}
  </div>`;
}

function familyChoosers(store: BrowserStore, family: FamilyName): TemplateResult {
  const { families } = store;
  const layers = families.filter(({ set }) => set === family.set).map(({ layer }) => layer);
  const go = (set: string, layer: number): void =>
    store.choose({ family: familyIn(families, set, layer)?.id ?? null });
  return html`${chooser({
    id: 'set',
    label: 'Kind of units',
    value: family.set,
    choices: setsOf(families).map((set) => ({ value: set, label: setTitle(set) })),
    onChoose: (set) => go(set, family.layer),
  })}
  ${chooser({
    id: 'layer',
    label: 'Layer',
    value: String(family.layer),
    choices: layers.map((layer) => ({ value: String(layer), label: `Layer ${layer}` })),
    onChoose: (layer) => go(family.set, Number(layer)),
  })}`;
}

function searchField(store: BrowserStore, toList: () => void): TemplateResult {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === 'ArrowDown') {
      event.preventDefault();
      store.search(store.typed, { isDone: true });
      toList();
    }
    if (event.key !== 'Escape' || store.typed === '') return;
    event.preventDefault();
    store.search('', { isDone: true });
  };
  return html`<div class="search">
    ${icon('search')}
    <input
      id="search"
      type="text"
      autocomplete="off"
      spellcheck="false"
      placeholder="Words, id, token:the, score>0.5"
      title='Words of an explanation, a top token, an id or number. Also bounds: density>1% density<0.05 score>0.5 max<3; token:Mary or token:" Mary" looks at the top token alone.'
      aria-label="Search explanations, tokens and ids"
      aria-keyshortcuts="/"
      .value=${store.typed}
      @input=${(event: Event) => store.search((event.target as HTMLInputElement).value)}
      @keydown=${onKey}
    />
    ${
      store.typed === ''
        ? nothing
        : iconButton({
            id: 'clear-search',
            icon: 'close',
            label: 'Clear the search (Esc)',
            onClick: () => store.search('', { isDone: true }),
          })
    }
  </div>`;
}
