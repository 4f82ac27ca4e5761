/**
 * Ctrl-C and its relatives, as an abort signal that a command hands to what it runs.
 *
 * The first signal asks: what was measured is kept and marked incomplete, children are gone before the command ends. A
 * second one ends the process at once, for a user whose patience is over.
 */
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

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

/** Runs an action under an abort signal that this process's signals set off. Their handlers are gone afterwards. */
export async function interruptible<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals): void => {
    const reason = new Interrupted(name)
    if (controller.signal.aborted) process.exit(reason.exitStatus)
    controller.abort(reason)
  }
  for (const name of SIGNALS) process.on(name, stop)
  try {
    return await action(controller.signal)
  } finally {
    for (const name of SIGNALS) process.off(name, stop)
  }
}
