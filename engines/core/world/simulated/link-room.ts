/**
 * Room on links that lose nothing: bytes that were sent and not yet read, by sender, receiver and class, as the rings of the threads
 * world hold them. A frame always finds room on a link that is empty: no message is too large here.
 */
import { CLASS_AT, FRAME_HEADER_BYTES, FROM_AT } from '../frame.ts'

export class LinkRoom {
  #bytesMax: number
  /** By link. */
  #held = new Map<number, number>()

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Takes room for a frame of this length, header included, if there is any. */
  take(header: Uint8Array, bytes: number): boolean {
    const link = linkOf(header)
    const held = this.#held.get(link) ?? 0
    if (held > 0 && held + bytes > this.#bytesMax) return false
    this.#held.set(link, held + bytes)
    return true
  }

  /** Gives back what a frame took, which was read. */
  give(frame: Uint8Array): void {
    const link = linkOf(frame)
    this.#held.set(link, this.#held.get(link)! - frame.length)
  }
}

function linkOf(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, FRAME_HEADER_BYTES)
  return view.getUint32(FROM_AT, true) * 2 + view.getUint8(CLASS_AT)
}
