/**
 * A frame: one message or acknowledgement on the wire, the same bytes in both worlds.
 *
 *   0 u32 payload length   8 u32 generation        20 u32 sequence (next one to be used, for an acknowledgement)
 *   4 u16 channel         12 u32 from incarnation   24 u32 acknowledged: next sequence expected from the other side
 *   6 u8  class, 7 u8 kind 16 u32 to incarnation    28 u16 from, 30 u16 to
 *
 * Little endian, 32 bytes, then the payload, padded to 8 bytes. Kind has two flags in its high bits: this frame is sent
 * again; what is acknowledged last was. So a sender can tell a link that loses from one that is slow (Eifel: Ludwig, Katz,
 * The Eifel Algorithm, 2000).
 */
import type { RunMemory } from '../columns/memory.ts'
import type { Pointer, ProcessId } from '../units.ts'

export const FRAME_HEADER_BYTES = 32

export const CLASS_CONTROL = 0
export const CLASS_DATA = 1
export type ClassNumber = typeof CLASS_CONTROL | typeof CLASS_DATA

export const KIND_MESSAGE = 0
export const KIND_ACKNOWLEDGEMENT = 1
/** A message of which the sender keeps no copy: nobody waits for its acknowledgement. Only on lossless links. */
export const KIND_PASSED = 2

/** An acknowledgement of who has got a frame that comes after the one it expects: that one is lost, or late. */
export const KIND_GAP = 3

/** Added to the kind of a message that lies elsewhere (`landing.ts`). */
export const LANDED = 4

/** The bits of a kind; flags are above. */
const KIND = 0xf
const RESENT = 0x10
const ACKNOWLEDGES_RESENT = 0x20

/** Where the class is in a header, and where sender and receiver are: for who looks at a frame on its way. */
export const CLASS_AT = 6
export const FROM_AT = 28

export interface FrameHeader {
  length: number
  channel: number
  class: ClassNumber
  kind: number
  resent: boolean
  acknowledgesResent: boolean
  generation: number
  fromIncarnation: number
  toIncarnation: number
  sequence: number
  acknowledged: number
  from: ProcessId
  to: ProcessId
}

export function frameBytes(payloadLength: number): number {
  return FRAME_HEADER_BYTES + ((payloadLength + 7) & ~7)
}

export function writeHeader(view: DataView, at: number, header: FrameHeader): void {
  view.setUint32(at, header.length, true)
  view.setUint16(at + 4, header.channel, true)
  view.setUint8(at + CLASS_AT, header.class)
  view.setUint8(at + 7, flagged(header))
  view.setUint32(at + 8, header.generation, true)
  view.setUint32(at + 12, header.fromIncarnation, true)
  view.setUint32(at + 16, header.toIncarnation, true)
  view.setUint32(at + 20, header.sequence, true)
  view.setUint32(at + 24, header.acknowledged, true)
  view.setUint16(at + FROM_AT, header.from, true)
  view.setUint16(at + FROM_AT + 2, header.to, true)
}

function flagged({
  kind,
  resent,
  acknowledgesResent,
}: Pick<FrameHeader, 'kind' | 'resent' | 'acknowledgesResent'>): number {
  return kind | (resent ? RESENT : 0) | (acknowledgesResent ? ACKNOWLEDGES_RESENT : 0)
}

/** What of a message's header is known only when it leaves. */
export function restamp(
  view: DataView,
  at: number,
  header: Pick<FrameHeader, 'resent' | 'acknowledged' | 'acknowledgesResent'>,
): void {
  view.setUint8(at + 7, flagged({ ...header, kind: view.getUint8(at + 7) & KIND }))
  view.setUint32(at + 24, header.acknowledged, true)
}

export function readHeader(memory: RunMemory, at: Pointer): FrameHeader {
  const { view } = memory
  const kind = view.getUint8(at + 7)
  return {
    length: view.getUint32(at, true),
    channel: view.getUint16(at + 4, true),
    class: view.getUint8(at + CLASS_AT) as ClassNumber,
    kind: kind & KIND,
    resent: (kind & RESENT) !== 0,
    acknowledgesResent: (kind & ACKNOWLEDGES_RESENT) !== 0,
    generation: view.getUint32(at + 8, true),
    fromIncarnation: view.getUint32(at + 12, true),
    toIncarnation: view.getUint32(at + 16, true),
    sequence: view.getUint32(at + 20, true),
    acknowledged: view.getUint32(at + 24, true),
    from: view.getUint16(at + 28, true),
    to: view.getUint16(at + 30, true),
  }
}

/** Of a header by itself, where nothing else is asked of it: the channel. */
export function channelOf(header: Uint8Array): number {
  return header[4]! | (header[5]! << 8)
}

/** The same: whether the frame is sent again. */
export function isResent(header: Uint8Array): boolean {
  return (header[7]! & RESENT) !== 0
}

/**
 * What a world gives the session layer: frames that may be lost, doubled or late, but are never torn.
 *
 * `trySend` copies header and payload before it returns, or returns false when there is no room now. `wake` false: the
 * receiver need not be woken for this one (an acknowledgement that is in no hurry).
 */
export interface RawLink {
  /**
   * Whether what `trySend` has taken is sure to reach a receiver that lives, once and in order. Then the session layer
   * keeps no copy of it. Not given: no.
   */
  readonly lossless?: boolean
  /** Puts bytes into another process's region. Only where memory is shared; lossless links have it. */
  place?(bytes: Uint8Array, pointer: Pointer): void
  trySend(
    to: ProcessId,
    frameClass: ClassNumber,
    header: Uint8Array,
    payload: Uint8Array,
    wake: boolean,
    /** Follows the payload. Given to lossless links only. */
    tail?: Uint8Array,
  ): boolean
}
