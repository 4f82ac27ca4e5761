/**
 * How long a child process may take, in real time, before it is ended from outside: nobody waits for one that stands still.
 *
 * A run on threads ends by its deadline by itself, and with it what it computes before for static data. The allowance is for
 * all around it: starting, making the input, and the oracle from one word that it is at work to the next. It is no measure of anything,
 * and far more than any of them took. A simulation has it from step to step, which are short.
 */
import { DeadlineError } from '../../engines/core/errors.ts'
import { shortDuration } from '../../engines/core/plan/duration.ts'
import type { BaselineSpec } from './baseline-trial.ts'
import { PRINTED, type TrialSpec } from './trial-spec.ts'

export const ALLOWANCE_MS = 20 * 60_000
/** For steps that take microseconds, and a second at most. */
const STEPS_MS = 3 * 60_000
/** Of the time that each loop gets: there are a few. */
const LOOPS = 20

/**
 * A simulated trial takes as long as it takes, and its limit begins anew whenever it says that it goes on. Undefined for who does not
 * set the pace itself: one whose rows are printed waits for who reads them.
 */
export function trialLimitMs(spec: TrialSpec): number | undefined {
  const { world, saved, warmup, measured, grace } = spec
  if (saved === PRINTED) return undefined
  if (world === 'simulated') return STEPS_MS
  return Math.ceil((warmup + measured + 2 * grace) / 1e6) + ALLOWANCE_MS
}

export function baselineLimitMs({ durationMs }: Pick<BaselineSpec, 'durationMs'>): number {
  return LOOPS * durationMs + ALLOWANCE_MS
}

/** What is said of a process that was ended by its limit; `complaint` is the end of what it wrote on standard error. */
export function tookTooLong(of: string, limitMs: number, complaint: string): DeadlineError {
  const wrote = complaint.trim()
  return new DeadlineError({
    asked: `the end of ${of}`,
    found: `its process went on for ${shortDuration(limitMs * 1e6)} and was ended${wrote === '' ? '' : `; it wrote: ${wrote}`}`,
    rule: 'a process has the time of its trial and 20 minutes more, and 3 minutes for a step of a simulation',
    remedy:
      'Look for a loop that does not end in the functions of your plan, if it is your own. Else look whether the machine is short of memory or stands still, and try again with less input',
  })
}
