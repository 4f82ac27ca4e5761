/**
 * Looks at what one process tells the history and sends, for the moments that faults of the plan wait for (`moments.ts`). When one
 * has come, whose fault it is is known to all threads before the process does anything else:
 *
 *   a kill    it stands still until the victim is dead, so that the kill falls into the moment on any machine; the victim
 *             may be itself
 *   a pause   of itself begins here, in the middle of its step
 *   others    begin with the next step, frame or request
 *
 * A checkpoint or a recovery may be anybody's. An acknowledgement is that of the process that a fault is about; of who sends none,
 * the client or a driver, it is any. A fault that is due while a moment lasts is the supervisor's to begin: it alone hears of all
 * processes (`run-faults.ts`).
 */
import type { Moment } from '../../../faults/fault.ts'
import { acknowledges, MOMENT_EVENTS } from '../../../faults/moments.ts'
import type { HistoryFields, HistoryLog } from '../../../metrics/history.ts'
import type { Nanos, ProcessId } from '../../../units.ts'
import type { FaultWords } from './fault-words.ts'
import { linksOf, type PlacedFault } from './placed-fault.ts'
import type { Standstill } from './standstill.ts'
import type { FrameWatch } from './watched-links.ts'

export interface MomentWatchContext {
  readonly process: ProcessId
  /** Processes that acknowledge: `0 … workers − 1`. */
  readonly workers: number
  readonly words: FaultWords
  readonly standstill: Pick<Standstill, 'until'>
  now(): Nanos
  /** Some faults have begun: whoever carries them out has to look. */
  begun(): void
  /** Carries out the pauses of this process that have begun. */
  pause(): void
}

interface Awaited {
  readonly fault: PlacedFault
  readonly moment: Moment
}

export class MomentWatch implements FrameWatch {
  #context: MomentWatchContext
  #awaited: Awaited[] = []
  /** In this round. */
  #hasAcknowledged = false

  constructor(plan: readonly PlacedFault[], context: MomentWatchContext) {
    this.#context = context
    for (const fault of plan) {
      const { at: moment } = fault
      if (typeof moment !== 'number') this.#awaited.push({ fault, moment })
    }
  }

  history(log: HistoryLog): HistoryLog {
    return {
      append: (event: string, fields?: HistoryFields): void => {
        log.append(event, fields)
        for (const { of, does } of MOMENT_EVENTS.get(event) ?? []) {
          if (does === 'begin') this.#come(({ moment }) => moment.on === of)
        }
      },
    }
  }

  leaves(header: Uint8Array, payload: Uint8Array): boolean {
    if (!acknowledges(header, payload)) return false
    this.#come((awaited) => this.#isOf('before-acknowledgement', awaited))
    return true
  }

  left(): void {
    this.#hasAcknowledged = true
  }

  /** Everything that the process has sent in this round is on the wire, and who gets it is awake. */
  roundEnded(): void {
    if (!this.#hasAcknowledged) return
    this.#hasAcknowledged = false
    this.#come((awaited) => this.#isOf('after-acknowledgement', awaited))
  }

  #isOf(on: Moment['on'], { fault, moment }: Awaited): boolean {
    if (moment.on !== on) return false
    const { process, workers } = this.#context
    if ('process' in fault) return fault.process === process || fault.process >= workers
    return fault.kind === 'storage' || linksOf(fault).some(({ from }) => from === process)
  }

  #come(concerns: (awaited: Awaited) => boolean): void {
    const { words, standstill, now, begun, pause } = this.#context
    const at = now()
    const come = this.#awaited
      .filter((awaited) => at >= awaited.moment.from && concerns(awaited))
      .filter(({ fault }) => words.begin(fault.place, at))
    if (come.length === 0) return
    begun()
    for (const { fault } of come) {
      if (fault.kind !== 'kill') continue
      standstill.until(Number.POSITIVE_INFINITY, () => words.isCarriedOut(fault.place))
    }
    pause()
  }
}
