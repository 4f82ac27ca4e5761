/** A fault plan is data: what, whom, when. Engines never know that one is scheduled; each fault leaves a witness. */
import type { Nanos, ProcessId } from '../units.ts'

export type Fault =
  /** Ends the process at an instant: its memory is poisoned, what it had put on the wire still arrives. */
  { readonly kind: 'kill'; readonly process: ProcessId; readonly at: Nanos }

export type FaultPlan = readonly Fault[]

/** What a killed process's region is overwritten with; as a pointer, a length or a count it is absurd. */
export const POISON_BYTE = 0xdb
