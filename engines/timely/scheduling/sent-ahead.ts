/**
 * How many bytes of rows this worker has sent each other one ahead of the least epoch: what may still be on its way, or be stashed
 * there until its tick's turn. It bounds what comes to a worker that gets on slowly, or stands still and tells nobody that it has no
 * room: outboxes and links hold more than a region has.
 *
 * An addition a parcel, and a look at the least epoch once an epoch.
 */
import type { ProcessId } from '../../core/units.ts'

interface Sent {
  readonly epoch: number
  /** By worker. */
  readonly bytes: number[]
}

export class SentAhead {
  readonly #bytesMax: number
  readonly #leastEpoch: () => number
  /** In the order in which they were first sent in. */
  #epochs: Sent[] = []
  /** By worker: all that is in `#epochs`. */
  #totals: number[] = []

  /** `bytesMax`: to any one worker. */
  constructor(bytesMax: number, leastEpoch: () => number) {
    this.#bytesMax = bytesMax
    this.#leastEpoch = leastEpoch
  }

  note(to: ProcessId, epoch: number, bytes: number): void {
    const sent = this.#epochs.findLast((one) => one.epoch === epoch) ?? this.#begin(epoch)
    sent.bytes[to] = (sent.bytes[to] ?? 0) + bytes
    this.#totals[to] = (this.#totals[to] ?? 0) + bytes
  }

  /** Whether some worker was sent too much. */
  get isMuch(): boolean {
    if (!this.#isOver()) return false
    this.#forget()
    return this.#isOver()
  }

  /** All of it will be sent again. */
  restart(): void {
    this.#epochs = []
    this.#totals = []
  }

  #begin(epoch: number): Sent {
    this.#forget()
    const sent = { epoch, bytes: [] }
    this.#epochs.push(sent)
    return sent
  }

  /** What is not ahead any more is folded as it comes. */
  #forget(): void {
    const least = this.#leastEpoch()
    const ahead: Sent[] = []
    for (const sent of this.#epochs) {
      if (sent.epoch > least) ahead.push(sent)
      else
        sent.bytes.forEach((bytes, to) => {
          this.#totals[to]! -= bytes
        })
    }
    this.#epochs = ahead
  }

  #isOver(): boolean {
    for (let to = 0; to < this.#totals.length; to++) {
      if ((this.#totals[to] ?? 0) > this.#bytesMax) return true
    }
    return false
  }
}
