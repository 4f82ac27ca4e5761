/**
 * Ctrl-C and its relatives, as an abort signal that a command hands to what it runs.
 *
 * The first signal asks: what was measured is kept and marked incomplete, children are gone before the command ends. A
 * second one ends the process at once, for a user whose patience is over. Whoever signals a process and its group, as
 * `timeout` and `npm` do, or a terminal, sends one signal more than once: a repeat at the same moment is no second one.
 */
import { constants } from 'node:os'

/** A user whose patience is over has waited longer. */
const SAME_MOMENT_MS = 500

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The reason of an abort by a signal. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals
  /** 128 and the signal's number, as shells say it: 130 for Ctrl-C. */
  readonly exitStatus: number

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.name = 'Interrupted'
    this.signal = signal
    this.exitStatus = 128 + constants.signals[signal]
  }
}

/**
 * Runs an action under an abort signal that this process's signals set off. Their handlers are gone afterwards, but not
 * after an interruption: what is left then is to say so and to end, which a late repeat must not keep from happening.
 */
export async function interruptible<T>(
  action: (signal: AbortSignal) => Promise<T>,
  elapsedMs: () => number = () => performance.now(),
): Promise<T> {
  const controller = new AbortController()
  let firstAt = 0
  const stop = (name: NodeJS.Signals): void => {
    const reason = new Interrupted(name)
    if (!controller.signal.aborted) {
      firstAt = elapsedMs()
      controller.abort(reason)
    } else if (elapsedMs() - firstAt >= SAME_MOMENT_MS) process.exit(reason.exitStatus)
  }
  for (const name of SIGNALS) process.on(name, stop)
  try {
    return await action(controller.signal)
  } finally {
    if (!controller.signal.aborted) for (const name of SIGNALS) process.off(name, stop)
  }
}
