/** Numbers of a unit that a search can bound. */
const BOUNDED = ['density', 'max', 'score'] as const;
export type BoundedNumber = (typeof BOUNDED)[number];

/** What a person typed into a search box, in parts; all of them have to hold. */
export interface UnitSearch {
  /** Sought in words and top token, or an id; '' = none. As typed where nothing else was. */
  readonly text: string;
  /** Parts of the top token, in small letters. */
  readonly tokens: readonly string[];
  readonly bounds: readonly Bound[];
}

export interface Bound {
  readonly of: BoundedNumber;
  readonly holds: (value: number) => boolean;
}

/** `density>0.01`, `score <= .3`, `density<1%`; `token:Mary`, `token:" the"`. */
const TERMS =
  /(?<![^\s])(?:(density|max|score)\s*(<=|>=|<|>|=)\s*([^\s%]+)(%?)|token:(?:"([^"]*)"|(\S+)))(?=\s|$)/gi;

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '=': (value, limit) => value === limit,
};

/** Terms are taken out of the text; what is none, such as `score>high`, stays in it. */
export function parseUnitSearch(typed: string): UnitSearch {
  const tokens: string[] = [];
  const bounds: Bound[] = [];
  const rest = typed.replace(TERMS, (term, ...groups: (string | undefined)[]) => {
    const [name, sign = '', number = '', percent, quoted, plain] = groups;
    if (name === undefined) {
      tokens.push((quoted ?? plain ?? '').toLowerCase());
      return ' ';
    }
    const limit = Number(number) / (percent === '%' ? 100 : 1);
    const of = BOUNDED.find((each) => each === name.toLowerCase());
    const compare = COMPARISONS[sign];
    if (Number.isNaN(limit) || !of || !compare) return term;
    bounds.push({ of, holds: (value) => compare(value, limit) });
    return ' ';
  });
  const isPlain = tokens.length + bounds.length === 0;
  return { text: isPlain ? typed : rest.trim(), tokens, bounds };
}
