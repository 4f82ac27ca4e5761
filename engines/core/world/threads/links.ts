/**
 * The raw links of one process: two rings to and from each other process, one for control and one for data.
 *
 * What goes in are frames of the session layer (`world/frame.ts`); they never get lost here, but they stay behind when
 * a process dies, and its next life reads them: the session layer tells them by their incarnations.
 */
import type { RunMemory } from '../../columns/memory.ts'
import { CapacityError } from '../../errors.ts'
import type { Pointer, ProcessId } from '../../units.ts'
import { CLASS_CONTROL, type ClassNumber, FRAME_HEADER_BYTES, type RawLink } from '../frame.ts'
import type { ThreadsLayout } from './layout.ts'
import { payloadBytesMax, RingReader, RingWriter } from './ring.ts'

/** What one poll takes from one ring before the process is stepped again: about the work of one step. */
const POLL_FRAMES_MAX = 256
const POLL_BYTES_MAX = 256 * 1024

/** Copies bytes within the run's memory. */
export type CopyBytes = (target: Pointer, source: Pointer, length: number) => void

/** The links of a process as its loop uses them. */
export type ProcessLinks = RawLink & Pick<Links, 'copyWith' | 'poll' | 'wakeReceivers' | 'ready'>

export class Links implements RawLink {
  /** What is in a ring is read in order by whoever lives; a frame to a later life waits for it. */
  readonly lossless = true
  #memory: RunMemory
  /** By process × 2 + class. */
  #writers: (RingWriter | undefined)[] = []
  /** Control before data. */
  #readers: RingReader[] = []
  /** Processes to be woken at the end of the round. */
  #wakes: boolean[] = []
  #copy: CopyBytes
  #full: () => void

  /** `full`: called where a ring has no room for a frame. */
  constructor(
    memory: RunMemory,
    layout: Pick<ThreadsLayout, 'links' | 'processes'>,
    process: ProcessId,
    full: () => void = () => {},
  ) {
    this.#memory = memory
    this.#full = full
    this.#copy = (target, source, length) => memory.u8.copyWithin(target, source, source + length)
    const data: RingReader[] = []
    for (const { process: peer } of layout.processes) {
      const outbound = layout.links[process]![peer]
      const inbound = layout.links[peer]![process]
      this.#wakes.push(false)
      if (!outbound || !inbound) {
        this.#writers.push(undefined, undefined)
        continue
      }
      this.#writers.push(
        new RingWriter(memory, outbound.control),
        new RingWriter(memory, outbound.data),
      )
      this.#readers.push(new RingReader(memory, inbound.control))
      data.push(new RingReader(memory, inbound.data))
    }
    this.#readers.push(...data)
  }

  /** Copies with a kernel from now on: what hosts offer for shared memory goes word by word, and unaligned byte by byte. */
  copyWith(copy: CopyBytes): void {
    this.#copy = copy
  }

  /**
   * Copies a frame into the receiver's ring and makes it visible; the receiver is woken by `wakeReceivers`.
   *
   * Errors: `CapacityError` for a frame that the ring cannot carry even when empty.
   */
  trySend(
    to: ProcessId,
    frameClass: ClassNumber,
    header: Uint8Array,
    payload: Uint8Array,
    wake: boolean,
    tail: Uint8Array | undefined = undefined,
  ): boolean {
    const writer = this.#writers[to * 2 + frameClass]!
    const bytes = FRAME_HEADER_BYTES + payload.length + (tail?.length ?? 0)
    if (bytes > payloadBytesMax(writer.span.capacity)) {
      const isControl = frameClass === CLASS_CONTROL
      throw new CapacityError({
        asked: `send ${bytes - FRAME_HEADER_BYTES} bytes to process ${to}`,
        found: `its ${isControl ? 'control' : 'data'} ring has ${writer.span.capacity} bytes`,
        rule: 'a message travels whole, so it is smaller than its ring, and a row is in one message',
        remedy: isControl
          ? 'Use fewer partitions (--partitions)'
          : 'Make smaller keys and values in the functions of the plan, or more of them that are small',
      })
    }
    const pointer = writer.reserve(bytes)
    if (pointer === 0) {
      this.#full()
      return false
    }
    this.#memory.u8.set(header, pointer)
    this.place(payload, pointer + FRAME_HEADER_BYTES)
    if (tail) this.place(tail, pointer + FRAME_HEADER_BYTES + payload.length)
    writer.publish()
    if (wake) this.#wakes[to] = true
    return true
  }

  place(bytes: Uint8Array, pointer: Pointer): void {
    if (bytes.buffer === this.#memory.buffer) this.#copy(pointer, bytes.byteOffset, bytes.length)
    else this.#memory.u8.set(bytes, pointer)
  }

  /** Wakes who was sent something since the last call. One wake a receiver and round, however many frames there were. */
  wakeReceivers(): void {
    for (let to = 0; to < this.#wakes.length; to++) {
      if (!this.#wakes[to]) continue
      this.#wakes[to] = false
      this.#writers[to * 2]!.wakeReader()
    }
  }

  /** Visits frames where they lie, control first, each ring up to one that the visitor leaves. A frame's room is given back some time after its visit. */
  poll(visit: (frame: Pointer) => boolean): void {
    // Whoever waited for room may send in this round. If it no longer wants to, the room is no reason to stay awake.
    for (const writer of this.#writers) writer?.settle()
    for (const reader of this.#readers) {
      let frames = 0
      let bytes = 0
      while (frames < POLL_FRAMES_MAX && bytes < POLL_BYTES_MAX && reader.peek()) {
        frames += 1
        bytes += reader.length
        if (!visit(reader.pointer)) break
        reader.advance()
      }
      reader.release()
    }
  }

  /** Whether a frame waits, or a receiver has made room where there was none. Costs an atomic load a ring. */
  ready(): boolean {
    for (const writer of this.#writers) {
      if (writer?.unblocked()) return true
    }
    for (const reader of this.#readers) {
      if (reader.peek()) return true
    }
    return false
  }
}
