import { PLACES, type Place } from './evidence.ts';
import type { Circuit, HeadReport, Mean } from './findCircuit.ts';

const PLACE_NAMES: Readonly<Record<Place, string>> = {
  indirectObject: 'indirect object',
  subjectFirst: 'subject, first',
  subjectSecond: 'subject, second',
  bos: 'BOS',
  other: 'other tokens',
};

const HEAD = ['head', 'role', 'previous', 'nearby', 'duplicate', 'induction', 'entropy'];
const EFFECTS = ['direct', 'on IO', 'on S', 'measured', 'attends from the last token to'];

/** Decimals of the figures in circuit.json: more would be noise. */
const DIGITS = 4;

/** Every head with its figures, and what zeroing three does, for a terminal. */
export function circuitTable(circuit: Circuit): string {
  const { ablation, logitDiff, heads } = circuit;
  const share = (value: number): string => `${((100 * value) / ablation.logitDiff.mean).toFixed(0)} %`;
  return [
    `${circuit.prompts} held-out prompts of ${circuit.forms} forms; ${(100 * circuit.right).toFixed(1)} % right`,
    `logit(IO) - logit(S) at the last token: ${interval(logitDiff)}`,
    `scores: ${circuit.sequences} sequences of random tokens twice; effects in logits; 95 % intervals`,
    '',
    ...aligned([[...HEAD, ...EFFECTS], ...heads.map(rowOf)]),
    '',
    ...circuit.steering.map(
      ({ name, without, attention }) =>
        `Without ${without.join(', ')} at the last token, ${name} looks at: ` +
        PLACES.map((place) => `${PLACE_NAMES[place]} ${interval(attention[place])}`).join(', '),
    ),
    `Zeroing ${ablation.heads.join(', ')} (chosen on the other half of the prompts) on ${ablation.prompts} prompts:`,
    `  removes ${interval(ablation.removed)} of ${interval(ablation.logitDiff)}: ${share(ablation.removed.mean)}`,
    `  three random others (${ablation.triples} triples): ${interval(ablation.removedByRandom)}: ` +
      `${share(ablation.removedByRandom.mean)}, the worst of them ${share(ablation.removedByWorst)}`,
  ].join('\n');
}

/** The same as JSON, rounded, a head to a line; a mean with its interval as [mean, low, high]. */
export function circuitFigures({ heads, ...whole }: Circuit): string {
  const lines = heads.map((head) => `    ${JSON.stringify(head, compact)}`);
  const rest = JSON.stringify({ version: 1, ...whole }, compact, 2).replace(
    /\[\s+(-?[\d.]+),\s+(-?[\d.]+),\s+(-?[\d.]+)\s+\]/g,
    '[$1, $2, $3]',
  );
  return `${rest.slice(0, -2)},\n  "heads": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

function compact(_: string, value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toFixed(DIGITS));
  if (typeof value !== 'object' || value === null || !('mean' in value)) return value;
  const { mean, low, high } = value as Mean;
  return [mean, low, high];
}

function rowOf(head: HeadReport): string[] {
  const { previousToken, nearby, duplicateToken, induction, entropy } = head.scores;
  return [
    head.name,
    head.roles.join(', '),
    ...[previousToken, nearby, duplicateToken, induction, entropy].map(interval),
    ...[head.directEffect, head.onIndirectObject, head.onSubject, head.measuredEffect].map(interval),
    attended(head),
  ];
}

/** The places that get most, until half of the weight is named. */
function attended({ attention }: HeadReport): string {
  const ranked = PLACES.toSorted((a, b) => attention[b].mean - attention[a].mean);
  const named: string[] = [];
  let sum = 0;
  for (const place of ranked) {
    if (sum >= 0.5) break;
    sum += attention[place].mean;
    named.push(`${PLACE_NAMES[place]} ${interval(attention[place])}`);
  }
  return named.join(', ');
}

function interval({ mean, low }: Mean): string {
  return low === null ? mean.toFixed(2) : `${mean.toFixed(2)} ±${(mean - low).toFixed(2)}`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
