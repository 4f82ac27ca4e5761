/**
 * A batch: records between two operators of one worker, as columns where a kernel can reach them, else as plain values.
 *
 * - `text`: slices, that is `count` pairs (pointer u32, length u32) at `slices`; the bytes lie wherever they already were
 *   (the pool, a message). Nothing is copied until a key enters a table.
 * - `numbers`: `count` pairs of unsigned 32-bit integers at `at`, wherever they already were. A record is [first, second].
 * - `rows`: keyed rows in the wire format of `tables/table.ts`, opaque to engines.
 * - `values`: plain records, in order.
 *
 * A batch is valid until the call that it was handed to returns.
 */
import type { Pointer } from '../units.ts'
import type { Bytes } from './memory.ts'

/** Bytes of a record of a `numbers` batch, and of the format `u32x2`. */
export const PAIR_BYTES = 8

export type Batch =
  | { readonly kind: 'text'; readonly slices: Pointer; readonly count: number }
  | { readonly kind: 'numbers'; readonly at: Pointer; readonly count: number }
  | { readonly kind: 'rows'; readonly rows: Bytes }
  | { readonly kind: 'values'; readonly values: readonly unknown[] }
