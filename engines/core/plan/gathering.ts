/**
 * Gathering: how the values of a key come together where all of them are wanted, and the only reduces that nobody checks.
 *
 * A pair becomes [key, [value]]; the reduce appends one array to another, so n values cost O(n); behind it they are put in
 * order. In between their order is that in which they came, which is another one in another run: the reduce alone breaks
 * the law that `operators/reduce-laws.ts` checks, what is made of it does not. So these carry `lawful`, and nothing else may.
 *
 * They change their first argument. It is always ours: made by `listed` or its like, or just decoded from a row.
 */
import type { PlanFunction } from './plan.ts'

export type Both = [left: unknown[], right: unknown[]]

export function isPair(record: unknown): record is readonly [key: unknown, value: unknown] {
  return Array.isArray(record) && record.length === 2
}

/** [key, value] becomes [key, [value]]. What is no pair is left to who combines pairs, and refuses it. */
export function listed(record: unknown): unknown {
  return isPair(record) ? [record[0], [record[1]]] : record
}

function lawful(f: PlanFunction): PlanFunction {
  return Object.assign(f, { lawful: true } as const)
}

export const gather = lawful((into: unknown[], more: readonly unknown[]): unknown[] => {
  for (const value of more) into.push(value)
  return into
})

export const gatherBoth = lawful((into: Both, more: Both): Both => {
  gather(into[0], more[0])
  gather(into[1], more[1])
  return into
})

/** The first of equal values: all that `distinct` keeps of a record that comes again. */
export const keep = lawful((first: unknown, _again: unknown): unknown => first)
