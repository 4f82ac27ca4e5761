/** Links of a process on which each frame is looked at before it leaves, by whoever waits for one. */
import type { Pointer, ProcessId } from '../../../units.ts'
import type { ClassNumber } from '../../frame.ts'
import type { CopyBytes, ProcessLinks } from '../links.ts'

export interface FrameWatch {
  /** A frame is about to leave; one that finds no room comes again. Returns whether to be told when it has left. */
  leaves(header: Uint8Array, payload: Uint8Array): boolean
  left(): void
}

export class WatchedLinks implements ProcessLinks {
  readonly lossless?: boolean
  readonly place?: (bytes: Uint8Array, pointer: Pointer) => void
  #links: ProcessLinks
  #watch: FrameWatch

  constructor(links: ProcessLinks, watch: FrameWatch) {
    this.#links = links
    this.#watch = watch
    if (links.lossless !== undefined) this.lossless = links.lossless
    if (links.place !== undefined) this.place = links.place.bind(links)
  }

  copyWith(copy: CopyBytes): void {
    this.#links.copyWith(copy)
  }

  trySend(
    to: ProcessId,
    frameClass: ClassNumber,
    header: Uint8Array,
    payload: Uint8Array,
    wake: boolean,
    tail?: Uint8Array,
  ): boolean {
    const isWatched = this.#watch.leaves(header, payload)
    const taken = this.#links.trySend(to, frameClass, header, payload, wake, tail)
    if (taken && isWatched) this.#watch.left()
    return taken
  }

  poll(visit: (frame: Pointer) => boolean): void {
    this.#links.poll(visit)
  }

  wakeReceivers(): void {
    this.#links.wakeReceivers()
  }

  ready(): boolean {
    return this.#links.ready()
  }
}
