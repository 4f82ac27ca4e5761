/** Why a world ends a run that is not complete and in which no process threw: one error for each reason. */
import { DeadlineError, RecoveryError, UserFunctionError } from '../errors.ts'
import type { Membership } from '../membership/membership.ts'
import { instantText, shortDuration } from '../plan/duration.ts'
import { clockStart, type RunConfig } from '../run-config.ts'
import type { Nanos, ProcessId } from '../units.ts'

/** The last life of a process; `endedAt` is Infinity while it goes on. Of incarnation 0 if there was none yet: then it is over. */
export interface Life {
  readonly process: ProcessId
  readonly incarnation: number
  readonly endedAt: Nanos
}

/**
 * The error of a run in which nobody lives who could notice that somebody is gone; `undefined` while one of these processes
 * lives, or will in this membership. A client of pushed input is none of them: it watches nobody.
 * `workers` is how many there are: processes that come after them have no name here.
 */
export function nobodyLeft(
  lives: readonly Life[],
  { members }: Membership,
  config: Pick<RunConfig, 'workers' | 'replacement' | 'detector' | 'input'>,
): RecoveryError | undefined {
  const comes = lives.some(({ process, incarnation, endedAt }) => {
    const member = members[process]!
    return (
      endedAt === Number.POSITIVE_INFINITY ||
      (member.state === 'live' && member.incarnation > incarnation)
    )
  })
  if (comes) return undefined
  const { workers, replacement, detector, input } = config
  const began = lives.filter(({ incarnation }) => incarnation > 0)
  const deaths = began.map(({ process, endedAt }) => ({ process, endedAt }))
  const ends = deaths.map(
    ({ process, endedAt }) =>
      `${nameOf(process, workers)} ended at ${instantText(endedAt, clockStart(input))}`,
  )
  return new RecoveryError(
    {
      asked: 'the next commit of this run',
      found: `nobody is left to make it, ${ends.join(', ')}`,
      rule:
        replacement === 'respawn'
          ? 'who is lost is replaced when another that lives misses its heartbeats'
          : 'who is lost is replaced by nobody: those that live take over',
      remedy:
        replacement === 'respawn'
          ? `Use more workers than are lost within the detector’s timeout of ${shortDuration(detector.timeout)}`
          : 'Use more workers, or --replacement respawn',
    },
    { deaths },
  )
}

/** The error of a run that a function of its plan has ended: nothing else ends a process from within. */
export function endedFromWithin(who: string, status: number): UserFunctionError {
  return new UserFunctionError(
    {
      asked: `${who}, to the end of the run`,
      found: `it ended by itself, with status ${status}`,
      rule: 'functions of a plan return or throw, and leave the process to its engine',
      remedy: 'Look for process.exit in them, and throw an error instead',
    },
    { status },
  )
}

/** The error of a run in which a function of its plan has made a promise of which nobody took the rejection: no engine makes any. */
export function leftRejected(who: string, reason: unknown): UserFunctionError {
  const what = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)
  return new UserFunctionError(
    {
      asked: `${who}, to the end of the run`,
      found: `a function of the plan left a promise that was rejected with ${what}`,
      rule: 'functions of a plan return their results: nobody waits for a promise that one of them has made',
      remedy:
        'Compute what it waits for without waiting, or before the run, and catch what may be rejected',
    },
    {},
    reason instanceof Error ? reason : undefined,
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
  /** Of them, those that did not come to the end of what they were doing, and were ended; and how long they had for it. */
  readonly stuck?: { readonly processes: readonly ProcessId[]; readonly after: Nanos }
}

export function timedOut(
  { deadline, missing, wholeUntil, alive, stuck }: Unfinished,
  { workers, input }: Pick<RunConfig, 'workers' | 'input'>,
): DeadlineError {
  const clock = clockStart(input)
  const whole =
    wholeUntil === 0
      ? 'no tick is whole'
      : `the last whole tick is ${instantText(wholeUntil, clock)}`
  const names = alive?.map((process) => nameOf(process, workers))
  const living = names === undefined ? '' : `; alive: ${names.join(', ') || 'nobody'}`
  const still =
    stuck === undefined
      ? ''
      : `; still in a step ${shortDuration(stuck.after)} later, and ended in it: ${stuck.processes.map((process) => nameOf(process, workers)).join(', ')}`
  return new DeadlineError(
    {
      asked: `every commit by the deadline at ${instantText(deadline, clock)}`,
      found: `${missing} are missing, ${whole}${living}${still}`,
      rule: 'a run ends at its deadline, whatever is missing',
      remedy:
        stuck === undefined
          ? 'Lower the rate, or give the run more time after its input (--grace)'
          : 'Look for a loop that does not end in the functions of the plan; if there is none, lower the rate',
    },
    {
      deadline,
      missing,
      wholeUntil,
      ...(alive ? { alive } : {}),
      ...(stuck ? { stuck: stuck.processes } : {}),
    },
  )
}

function nameOf(process: ProcessId, workers: number): string {
  return process < workers ? `worker ${process}` : `process ${process}`
}
