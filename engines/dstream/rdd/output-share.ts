/**
 * A job stage's share of an output that several stages feed: what its own fold has added up for one partition and batch.
 * The stage leaves it like the rows of a shuffle, for the task of the same partition that commits the output.
 *
 *   rows u32, lane 0 u32, lane 1 u32, kept rows u32, then for each kept row: key, value; each as tag u32, bytes u32, bytes
 *
 * Kept rows (only in runs that ask for them) go in pieces, each a share by itself: the first one has the digest.
 */
import { decodeCanonical, type Encoded, encodeCanonical } from '../../core/columns/value-codec.ts'
import type { OutputFold } from '../../core/operators/lowered.ts'
import { DigestSum } from '../../core/output/digest.ts'

export type Share = ReturnType<OutputFold['take']>
type Row = Share['rows'][number]

const HEADER_BYTES = 16
/** A message carries a piece whole. */
const PIECE_BYTES = 16 * 1024

/** Visits the pieces of a share; each is valid until the visit returns. */
export function encodeShare({ digest, rows }: Share, visit: (piece: Uint8Array) => void): void {
  let left = digest
  let from = 0
  do {
    let bytes = HEADER_BYTES
    const parts: Encoded[] = []
    for (; from < rows.length && bytes < PIECE_BYTES; from++) {
      for (const part of rows[from]!) {
        const encoded = encodeCanonical(part)
        parts.push(encoded)
        bytes += 8 + encoded.body.length
      }
    }
    visit(pieceOf([left.rows, left.lane0, left.lane1, parts.length / 2], parts, bytes))
    left = { rows: 0, lane0: 0, lane1: 0 }
  } while (from < rows.length)
}

function pieceOf(header: readonly number[], parts: readonly Encoded[], bytes: number): Uint8Array {
  const piece = new Uint8Array(bytes)
  const view = new DataView(piece.buffer)
  header.forEach((word, index) => {
    view.setUint32(index * 4, word, true)
  })
  let at = HEADER_BYTES
  for (const { tag, body } of parts) {
    view.setUint32(at, tag, true)
    view.setUint32(at + 4, body.length, true)
    piece.set(body, at + 8)
    at += 8 + body.length
  }
  return piece
}

/** Adds up the shares of an output for one commit. */
export class Shares {
  #sum = new DigestSum()
  #rows: Row[] = []

  add(piece: Uint8Array): void {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
    const word = (at: number): number => view.getUint32(at, true)
    this.#sum.add({ rows: word(0), lane0: word(4), lane1: word(8) })
    let at = HEADER_BYTES
    const next = (): unknown => {
      const body = piece.slice(at + 8, at + 8 + word(at + 4))
      const value = decodeCanonical({ tag: word(at), body })
      at += 8 + body.length
      return value
    }
    for (let left = word(12); left > 0; left--) {
      const key = next()
      this.#rows.push([key, next()])
    }
  }

  take(): Share {
    const share = { digest: this.#sum.take(), rows: this.#rows }
    this.#rows = []
    return share
  }
}
