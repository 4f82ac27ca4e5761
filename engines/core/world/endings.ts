/** Why a world ends a run that is not complete and in which no process threw: one error for each reason. */
import { DeadlineError, RecoveryError } from '../errors.ts'
import { shortDuration } from '../plan/duration.ts'
import type { Nanos, ProcessId } from '../units.ts'

/** A process that has no life, and when its last one ended. */
export interface Death {
  readonly process: ProcessId
  readonly endedAt: Nanos
}

/**
 * Nobody lives who could notice that somebody is gone. A client of pushed input may live: it watches nobody.
 * `workers` is how many there are: processes that come after them have no name here.
 */
export function nobodyLeft(
  deaths: readonly Death[],
  { workers, timeout }: { readonly workers: number; readonly timeout: Nanos },
): RecoveryError {
  const ends = deaths.map(
    ({ process, endedAt }) => `${nameOf(process, workers)} ended at ${shortDuration(endedAt)}`,
  )
  return new RecoveryError(
    {
      asked: 'the next commit of this run',
      found: `nobody is left to make it, ${ends.join(', ')}`,
      rule: 'who is lost is replaced when another that lives misses its heartbeats',
      remedy: `Use more workers than are lost within the detector’s timeout of ${shortDuration(timeout)}`,
    },
    { deaths },
  )
}

/** What there was at a deadline. */
export interface Unfinished {
  readonly deadline: Nanos
  /** Commits that are expected and not there. */
  readonly missing: number
  /** Every commit of the ticks up to here is there; 0 if no tick is whole. */
  readonly wholeUntil: Nanos
  /** Processes that lived, where that is known. */
  readonly alive?: readonly ProcessId[]
  readonly workers: number
}

export function timedOut(unfinished: Unfinished): DeadlineError {
  const { deadline, missing, wholeUntil, alive, workers } = unfinished
  const whole =
    wholeUntil === 0 ? 'no tick is whole' : `the last whole tick is ${shortDuration(wholeUntil)}`
  const names = alive?.map((process) => nameOf(process, workers))
  const living = names === undefined ? '' : `; alive: ${names.join(', ') || 'nobody'}`
  return new DeadlineError(
    {
      asked: `every commit by the deadline at ${shortDuration(deadline)}`,
      found: `${missing} are missing, ${whole}${living}`,
      rule: 'a run ends at its deadline, whatever is missing',
      remedy: 'Lower the rate, or give the run more time after its input (--grace)',
    },
    { deadline, missing, wholeUntil, ...(alive ? { alive } : {}) },
  )
}

function nameOf(process: ProcessId, workers: number): string {
  return process < workers ? `worker ${process}` : `process ${process}`
}
