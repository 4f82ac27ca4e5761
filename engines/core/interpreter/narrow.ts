/** Words that look at one record at a time, and remember nothing. */
import type { PlanFunction } from '../plan/plan.ts'
import type { Word } from './word.ts'

export function mapped(f: PlanFunction): Word {
  return ([records]) => records!.map((record) => f(record))
}

export function filtered(f: PlanFunction): Word {
  return ([records]) => records!.filter((record) => f(record))
}

export function flatMapped(f: PlanFunction): Word {
  return ([records]) => records!.flatMap((record) => [...f(record)])
}

/** Record x becomes [f(x), x]. */
export function keyedBy(f: PlanFunction): Word {
  return ([records]) => records!.map((record) => [f(record), record])
}

/** Record x becomes [the end of its period, x]. */
export function stamped(): Word {
  return ([records], end) => records!.map((record) => [end, record])
}

/** A union: the records of all inputs. */
export function united(): Word {
  return (arrived) => arrived.flat()
}

/** What says nothing about records: `changes`, whose input puts out its changes anyway, `exchange`, `query`. */
export function passed(): Word {
  return ([records]) => records!
}
