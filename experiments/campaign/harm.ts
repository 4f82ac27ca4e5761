/**
 * What a fault plan does to the processes of a run, as far as that can be known before: who dies, and whom another may take for dead.
 */
import type { Fault, FaultPlan } from '../../engines/core/faults/fault.ts'
import type { DetectorConfig } from '../../engines/core/run-config.ts'
import { milliseconds, type Nanos, type ProcessId } from '../../engines/core/units.ts'

export interface Watching {
  readonly detector: DetectorConfig
  /** Of a message between two nodes. */
  readonly latency: Nanos
}

/** The last life of a process that is meant: who is replaced dies all the same. */
export interface Death {
  /** When, if that is known; who is to die at a moment of the run may never do. */
  readonly at: Nanos | undefined
  /** How often it is killed. */
  readonly times: number
}

/** It lives, and one process, or whoever watches it, may hear nothing of it for longer than a detector waits. */
export interface Silence {
  readonly process: ProcessId
  readonly to: ProcessId | 'all'
}

export interface Harm {
  /** Who is killed, or stands still to the end of the run. */
  readonly deaths: ReadonlyMap<ProcessId, Death>
  readonly silences: readonly Silence[]
  /** All that keeps somebody silent, one after the other. */
  readonly silentNs: Nanos
  /** From when on storage may give something back that is not whole, if ever: who reads a spill of it begins another life. */
  readonly damagedFrom: Nanos
  /** What lasts to the end of the run, of faults that may keep it from its end. */
  readonly forever: ReadonlySet<Lasting>
}

/** Storage that gives nothing back is one: who reads a spill is lost, and lost again with the next one. */
export type Lasting = 'pause' | 'link' | 'storage'

/** More than a step takes, recovery's aside: who has a share of its CPU rests after each for as long as the others have theirs. */
const STEP: Nanos = milliseconds(3)

/** Frames of which one waits for the other where all are overtaken. */
const OVERTAKEN_IN_TURN = 3

/** For so long a process may be silent, whatever else delays its heartbeats, and nobody takes it for dead. */
export function patienceOf({ detector, latency }: Watching): Nanos {
  return Math.max(0, detector.timeout - 2 * detector.heartbeat - 4 * latency)
}

/** `deadline` of the run: what lasts to then lasts for ever. */
export function harmOf(
  faults: FaultPlan,
  { deadline, ...watching }: Watching & { readonly deadline: Nanos },
): Harm {
  const deaths = new Map<ProcessId, Death>()
  const forever = new Set<Lasting>()
  let silentNs = 0
  for (const fault of faults) {
    silentNs += silentFor(fault)
    const lastsForever = 'length' in fault && endOf(fault) >= deadline
    if (lastsForever && fault.kind === 'pause') forever.add('pause')
    if (lastsForever && (fault.kind === 'split' || fault.kind === 'drop')) forever.add('link')
    if (lastsForever && damages(fault)) forever.add('storage')
    if (fault.kind === 'kill' || (fault.kind === 'pause' && lastsForever)) die(deaths, fault)
  }
  const silences = silentNs > patienceOf(watching) ? faults.flatMap(silencesOf) : []
  const damagedFrom = Math.min(...faults.filter(damages).map(startOf))
  return { deaths, silences, silentNs, damagedFrom, forever }
}

/** Whether what is written may not be read back whole. */
function damages(fault: Fault): boolean {
  return fault.kind === 'storage' && (fault.what === 'torn' || fault.what === 'lost')
}

function die(
  deaths: Map<ProcessId, Death>,
  fault: Extract<Fault, { kind: 'kill' | 'pause' }>,
): void {
  const { process, kind, at } = fault
  const known = deaths.get(process) ?? { at: undefined, times: 0 }
  const sure = kind === 'kill' && typeof at === 'number' ? at : undefined
  const first = known.at === undefined || (sure !== undefined && sure < known.at) ? sure : known.at
  deaths.set(process, { at: first, times: known.times + 1 })
}

type LastingFault = Exclude<Fault, { kind: 'kill' }>

function endOf(fault: LastingFault): Nanos {
  return startOf(fault) + fault.length
}

/** It begins no sooner. */
function startOf({ at }: Fault): Nanos {
  return typeof at === 'number' ? at : at.from
}

/** How long somebody may hear nothing because of it. */
function silentFor(fault: Fault): Nanos {
  switch (fault.kind) {
    case 'pause':
    case 'split':
    case 'drop':
      return fault.length
    case 'delay':
      return fault.by
    // A frame is heard in its turn: after the one that tells of the gap, the word of that, and what fills it, each overtaken.
    case 'reorder':
      return OVERTAKEN_IN_TURN * fault.by
    // A clock that is ahead stands still when it is put right.
    case 'skew':
      return Math.abs(fault.by)
    case 'slow':
      return Math.round(STEP / fault.share)
    case 'contend':
      return fault.tasks * STEP
    case 'kill':
    case 'duplicate':
    case 'storage':
      return 0
  }
}

function silencesOf(fault: Fault): readonly Silence[] {
  if (silentFor(fault) === 0 || fault.kind === 'storage') return []
  if ('links' in fault) return fault.links.map(({ from, to }) => ({ process: from, to }))
  return [{ process: fault.process, to: 'all' }]
}
