/**
 * Input that arrived, in the form that oracles read: a pool with the records of each partition one after another, and when
 * each of them was due.
 *
 * The rule by which records are dealt is written a second time here (the first is the source's, in the threads world): the
 * i-th that arrived is record floor(i / P) of partition i mod P. So the verdict on a live run rests on what arrived and
 * on its stamps alone.
 */
import type { ArrivedInput } from '../engines/core/input/live-input.ts'
import type { OracleInput } from './oracle.ts'

export function arrivalsOf(
  { records, dueAt }: Pick<ArrivedInput, 'records' | 'dueAt'>,
  partitions: number,
): Required<Pick<OracleInput, 'pool' | 'arrivals'>> {
  const { bytes, offsets } = records
  const all = dueAt.length
  const dealt = new Uint8Array(bytes.length)
  const starts = new Uint32Array(all + 1)
  const arrivals: Float64Array[] = []
  let record = 0
  let end = 0
  for (let partition = 0; partition < partitions; partition++) {
    const dues = new Float64Array(Math.max(0, Math.ceil((all - partition) / partitions)))
    for (let i = partition, due = 0; i < all; i += partitions, due++) {
      dealt.set(bytes.subarray(offsets[i]!, offsets[i + 1]!), end)
      end += offsets[i + 1]! - offsets[i]!
      record += 1
      starts[record] = end
      dues[due] = dueAt[i]!
    }
    arrivals.push(dues)
  }
  return { pool: { bytes: dealt.subarray(0, end), offsets: starts }, arrivals }
}
