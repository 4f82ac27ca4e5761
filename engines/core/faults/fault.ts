/**
 * A fault as a world carries it out: what, whom, from when, for how long. Plain data; engines never know that one is
 * scheduled, and each leaves a witness in the history that it took effect (DESIGN §8).
 *
 *   a line or a file ──parse──▶ FaultSpec ──resolve, with the seed──▶ Fault ──a world's injector──▶ witness
 */
import type { Nanos, ProcessId } from '../units.ts'

/**
 * When a fault begins: at an instant, or at the first moment of a kind at or after `from`. An injector looks at what the run
 * itself does, so such a fault hits what it is aimed at on any machine.
 *
 *   checkpoint             a worker of the run copies its state, or it is being written
 *   recovery               a new membership was issued, after a death or a change of the workers, and not all work again
 *   before-acknowledgement a receiver holds a block and has not said so to the client
 *   after-acknowledgement  it has just said so
 */
export interface Moment {
  readonly on: 'checkpoint' | 'recovery' | 'before-acknowledgement' | 'after-acknowledgement'
  readonly from: Nanos
}

interface Timed {
  readonly at: Nanos | Moment
}

interface Lasting extends Timed {
  /** From its beginning; Infinity: to the end of the run. */
  readonly length: Nanos
}

/** A link has a direction. */
export interface Link {
  readonly from: ProcessId
  readonly to: ProcessId
}

/** Of a process that is then dead for good, or replaced as `RunConfig.replacement` says. */
export interface KillFault extends Timed {
  readonly kind: 'kill'
  readonly process: ProcessId
}

/** The process does nothing, hears nothing and says nothing, as in a long collection; then it goes on as if nothing had been. */
export interface PauseFault extends Lasting {
  readonly kind: 'pause'
  readonly process: ProcessId
}

/** The process has this share of its CPU: a step of d is followed by a rest of d · (1 / share − 1). */
export interface SlowFault extends Lasting {
  readonly kind: 'slow'
  readonly process: ProcessId
  /** Above 0, below 1. */
  readonly share: number
}

/** Other work on the node of a process: so many tasks that never end share its cores (the papers' straggler). */
export interface ContendFault extends Lasting {
  readonly kind: 'contend'
  readonly process: ProcessId
  readonly tasks: number
}

/** Frames of these links come later, or not, or twice, or after later ones. Below the session layer, which mends what can be. */
export interface LinkFault extends Lasting {
  readonly kind: 'delay' | 'drop' | 'duplicate' | 'reorder'
  readonly links: readonly Link[]
  /** Of `delay` and `reorder`: by how much. */
  readonly by: Nanos
  /** Of frames, from 0 to 1, each drawn by itself. */
  readonly share: number
}

/** Nothing passes these links. */
export interface SplitFault extends Lasting {
  readonly kind: 'split'
  readonly links: readonly Link[]
}

/** The clock of the process is ahead by so much (or behind, if negative). It never runs backwards: it stands still. */
export interface SkewFault extends Lasting {
  readonly kind: 'skew'
  readonly process: ProcessId
  readonly by: Nanos
}

/** The storage of the run: requests take `factor` times as long; writes fail for want of room; half a blob is written; a blob is gone. */
export interface StorageFault extends Lasting {
  readonly kind: 'storage'
  readonly what: 'slow' | 'full' | 'torn' | 'lost'
  /** Of `slow`; otherwise 1. */
  readonly factor: number
  /** Of writes (`torn`, `lost`), from 0 to 1, each drawn by itself; otherwise 1. */
  readonly share: number
}

export type Fault =
  | KillFault
  | PauseFault
  | SlowFault
  | ContendFault
  | LinkFault
  | SplitFault
  | SkewFault
  | StorageFault

export type FaultKind = Fault['kind']

export type FaultPlan = readonly Fault[]

/**
 * The witness of a fault is the event `fault-<kind>` of the world, when it took effect (for kills of a thread: with the
 * instant of the kill), with `fault`, its place in the trial's plan; `process`, where it has one; and `witnessed`: whether
 * there was something to hit. A fault that lasts has a second one, `fault-ended`, with `fault` and `hits`: how many steps,
 * frames or requests it changed. A lasting fault took effect if there were any. A run in which one took none has no valid verdict.
 */
export const WITNESS_PREFIX = 'fault-'

/** What a killed process's region is overwritten with; as a pointer, a length or a count it is absurd. */
export const POISON_BYTE = 0xdb
