import type { Node } from '../../trace/node.ts';

/** Positions of one side by those of the other; null = no counterpart. */
export interface PositionMap {
  readonly toRight: (position: number) => number | null;
  readonly toLeft: (position: number) => number | null;
}

/** `alignment`: left position -> right position; null = the same positions. */
export function positionMap(leftSize: number, alignment: readonly (number | null)[] | null): PositionMap {
  if (alignment === null) {
    const same = (position: number): number | null => (position < leftSize ? position : null);
    return { toRight: same, toLeft: same };
  }
  const back = new Map<number, number>();
  alignment.forEach((right, left) => {
    if (right !== null && !back.has(right)) back.set(right, left);
  });
  return {
    toRight: (position) => alignment[position] ?? null,
    toLeft: (position) => back.get(position) ?? null,
  };
}

/** The same node at the other side's positions; null where one of them has no counterpart. */
export function mapNode(node: Node, map: (position: number) => number | null): Node | null {
  const position = map(node.position);
  if (position === null) return null;
  if (node.kind !== 'head') return { ...node, position };
  const source = map(node.source);
  return source === null || source > position ? null : { ...node, position, source };
}
