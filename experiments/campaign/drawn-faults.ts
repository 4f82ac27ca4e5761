/**
 * Faults as a campaign draws them, and the plan that they stand for in a run: the lines that a user would write, and what a world
 * carries out of them. A fault that the run cannot take, or that contradicts those before it, is left out.
 *
 * A drawn fault is numbers that mean something in every run (whom: counted modulo who is there; when: a part of the input's time), so
 * that trials shrink field by field and each of them stays one.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { FaultPlan, Moment } from '../../engines/core/faults/fault.ts'
import { writeFault } from '../../engines/core/faults/fault-line.ts'
import type { FaultRun } from '../../engines/core/faults/fault-run.ts'
import type { FaultSpec, Role, When, Whom } from '../../engines/core/faults/fault-spec.ts'
import { FAULT_WORDS, type FaultName } from '../../engines/core/faults/fault-words.ts'
import { resolveFaults } from '../../engines/core/faults/resolve.ts'
import { milliseconds, type Nanos } from '../../engines/core/units.ts'

/** Of the two sides of links, the first is a role; the other one is the rest, or a role. */
export interface DrawnFault {
  readonly fault: FaultName
  readonly whom: number
  /** 0: the rest. */
  readonly other: number
  readonly ways: 'both' | 'one'
  /** In parts of a thousand of the input's time. */
  readonly at: number
  readonly on: 'instant' | 'boundary' | Moment['on']
  /** Of one that lasts; 0: to the end of the run. */
  readonly lastsMs: number
  /** A place in the lists of shares, delays, … of its kind. */
  readonly strength: number
}

export interface PlannedFaults {
  /** As a user writes them. */
  readonly lines: readonly string[]
  readonly faults: FaultPlan
}

/** Of racks there are as many where there are workers enough. */
const RACKS = 2
const RACKS_FROM_WORKERS = 4

export function racksOf({ workers }: Pick<FaultRun, 'workers'>): { readonly racks?: number } {
  return workers < RACKS_FROM_WORKERS ? {} : { racks: RACKS }
}

const SHARES_LEFT = [0.5, 0.25, 0.1]
const SPEEDS_LEFT = [0.2, 0.05, 0.01]
const SHARES_OF_FRAMES = [1, 0.3, 0.05]
const SHARES_OF_WRITES = [1, 0.5, 0.2]
const TASKS = [1, 2, 4]
/** One keeps to what a detector takes for life, another one does not. */
const DELAYS: readonly Nanos[] = [5, 20, 150].map(milliseconds)
const OVERTAKEN: readonly Nanos[] = [2, 10, 40].map(milliseconds)
const SKEWS: readonly Nanos[] = [10, -10, -150].map(milliseconds)

/** `end` of the run is known: what is drawn is drawn between its start and that. */
export function plannedFaults(
  drawn: readonly DrawnFault[],
  run: FaultRun & { readonly end: Nanos },
): PlannedFaults {
  let specs: readonly FaultSpec[] = []
  let faults: FaultPlan = []
  for (const each of drawn) {
    for (const when of whensOf(each, run)) {
      const more = [...specs, specOf(each, when, run)]
      const planned = resolved(more, run)
      if (planned === undefined) continue
      specs = more
      faults = planned
      break
    }
  }
  return { lines: specs.map(writeFault), faults }
}

function resolved(specs: readonly FaultSpec[], run: FaultRun): FaultPlan | undefined {
  try {
    return resolveFaults(specs, run)
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}

/** As drawn, and at an instant: a run may have no such moment. */
function whensOf(
  { at: share, on }: DrawnFault,
  { start, end }: { readonly start: Nanos; readonly end: Nanos },
): readonly When[] {
  const at = Math.floor(((end - start) * share) / 1_000)
  const instant: When = { kind: 'at', at }
  if (on === 'instant') return [instant]
  // At 0 a run has not begun.
  const from = Math.max(1, at)
  if (on === 'boundary') return [{ kind: 'boundary', within: milliseconds(10), from }, instant]
  return [{ kind: 'moment', on, from }, instant]
}

function specOf(drawn: DrawnFault, when: When, run: FaultRun & { readonly end: Nanos }): FaultSpec {
  const { fault } = drawn
  const whom = whomOf(drawn, run)
  const lasting = FAULT_WORDS[fault].lasts ? lengthOf(drawn, when, run) : {}
  return { fault, whom, when, ...lasting, ...strengthOf(drawn, whom) }
}

/** What lasts ends with the input, where it is to end before the run. */
function lengthOf(
  { lastsMs }: DrawnFault,
  when: When,
  { start, end }: { readonly start: Nanos; readonly end: Nanos },
): Pick<FaultSpec, 'length'> {
  if (lastsMs === 0) return {}
  const length = milliseconds(lastsMs)
  return { length: when.kind === 'at' ? Math.min(length, end - start - when.at) : length }
}

function strengthOf(
  { fault, strength }: DrawnFault,
  { on }: Whom,
): Pick<FaultSpec, 'share' | 'by' | 'tasks'> {
  const of = <T>(values: readonly T[]): T => values[strength % values.length]!
  switch (fault) {
    case 'slow':
      return { share: of(on === 'storage' ? SPEEDS_LEFT : SHARES_LEFT) }
    case 'contend':
      return { tasks: of(TASKS) }
    case 'skew':
      return { by: of(SKEWS) }
    case 'delay':
      return { by: of(DELAYS), share: 1 }
    case 'reorder':
      return { by: of(OVERTAKEN), share: 0.3 }
    case 'drop':
    case 'duplicate':
      return { share: of(SHARES_OF_FRAMES) }
    case 'tear':
    case 'lose':
      return { share: of(SHARES_OF_WRITES) }
    case 'kill':
    case 'pause':
    case 'split':
    case 'fill':
      return {}
  }
}

/** What processes and storage can suffer hits storage once in a while. */
const STORAGE_OF = 4

function whomOf({ fault, whom, other, ways }: DrawnFault, run: FaultRun): Whom {
  const { on } = FAULT_WORDS[fault]
  const roles = rolesOf(run)
  const first = roles[whom % roles.length]!
  if (on.includes('links')) {
    const others = roles.filter((role) => role !== first && role.role !== 'rack')
    const second = other === 0 ? undefined : others[(other - 1) % others.length]
    return { on: 'links', from: [first], to: [second ?? { role: 'rest' }], ways }
  }
  const isOnStorage = on.includes('processes') ? other % STORAGE_OF === 1 : true
  if (on.includes('storage') && isOnStorage) return { on: 'storage' }
  return { on: 'processes', roles: [first] }
}

/** Who can be hit: workers first, so that a trial shrinks to one of them. */
function rolesOf({ engine, workers, ingest, racks = 0 }: FaultRun): readonly Role[] {
  const numbered = (role: 'worker' | 'rack', count: number): readonly Role[] =>
    Array.from({ length: count }, (_, number) => ({ role, number }))
  return [
    ...numbered('worker', workers),
    ...(engine === 'dstream' ? [{ role: 'driver' } as const] : []),
    ...(ingest === 'pushed' ? [{ role: 'client' } as const] : []),
    ...numbered('rack', racks),
  ]
}
