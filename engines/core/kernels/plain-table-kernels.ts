/**
 * The plain definitions of the kernels on tables. The two implementations leave the same bytes in a block, but for hashes
 * that nobody reads any more.
 */
import type { RunMemory } from '../columns/memory.ts'
import { encodeCanonical, TAG_INTEGER, TAG_UNDEFINED } from '../columns/value-codec.ts'
import { keyLanes, rowLane, valueLanes } from '../output/digest.ts'
import type { Pointer } from '../units.ts'
import type { TableKernels } from './kernels.ts'
import { PlainTableBlock } from './plain-table.ts'
import {
  ENTRY,
  ENTRY_BYTES,
  heapBytes,
  INLINE_KEY_BYTES,
  LENGTH_BITS,
  NOTE,
  NOTE_BYTES,
  ROW,
  ROW_BYTES,
  ROWS_HEADER_BYTES,
  ROWS_MAGIC,
} from './table-layout.ts'

const GONE_WORDS = valueLanes({ tag: TAG_UNDEFINED, body: new Uint8Array(0) })
const LENGTH_MASK = (1n << BigInt(LENGTH_BITS)) - 1n

export function plainTableKernels(memory: RunMemory): TableKernels {
  const { u8, u32, view } = memory

  /** Adds the row lanes of an entry, by its note, with a value, or of one that left. */
  function addLanes(sums: [number, number], note: Pointer, value: bigint | undefined): void {
    const word0 = value === undefined ? GONE_WORDS.lane0 : Number(BigInt.asIntN(32, value))
    const word1 = value === undefined ? GONE_WORDS.lane1 : Number(BigInt.asIntN(32, value >> 32n))
    const tag = value === undefined ? TAG_UNDEFINED : TAG_INTEGER
    const lane0 = view.getUint32(note + NOTE.lane0, true)
    const lane1 = view.getUint32(note + NOTE.lane1, true)
    sums[0] = (sums[0] + rowLane(lane0, word0, word1, tag)) >>> 0
    sums[1] = (sums[1] + rowLane(lane1, word0, word1, tag)) >>> 0
  }

  function setSums(table: PlainTableBlock, sums: readonly [number, number]): void {
    table.set('out0', sums[0])
    table.set('out1', sums[1])
  }

  function compareEntries(table: PlainTableBlock, a: number, b: number): number {
    const x = table.entry(a)
    const y = table.entry(b)
    const xValue = table.value(x)
    const yValue = table.value(y)
    if (xValue !== yValue) return xValue > yValue ? -1 : 1
    const xBytes = table.keyBytes(x)
    const yBytes = table.keyBytes(y)
    return Buffer.compare(
      u8.subarray(xBytes, xBytes + table.length(x)),
      u8.subarray(yBytes, yBytes + table.length(y)),
    )
  }

  /** The bytes of a long key go `fromEnd` bytes before `end`. */
  function putRow(
    table: PlainTableBlock,
    entry: Pointer,
    row: Pointer,
    { end, fromEnd }: { end: Pointer; fromEnd: number },
  ): void {
    const contributions = table.contributions(entry)
    const there = contributions > 0n
    const length = table.length(entry)
    u8.copyWithin(row, entry, entry + INLINE_KEY_BYTES)
    view.setBigInt64(row + ROW.value, there ? table.value(entry) : 0n, true)
    const meta = ((there ? contributions : 0n) << BigInt(LENGTH_BITS)) | BigInt(length)
    view.setBigInt64(row + ROW.meta, meta, true)
    const lanes = table.note(entry) + NOTE.lane0
    u8.copyWithin(row + ROW.lane0, lanes, lanes + 8)
    const size = heapBytes(length)
    if (size === 0) return
    const bytes = table.keyBytes(entry)
    u8.copyWithin(end - fromEnd, bytes, bytes + size)
    view.setBigUint64(row + 8, BigInt(fromEnd), true)
  }

  return {
    tableCountSlices(at, slices, count) {
      const table = new PlainTableBlock(memory, at)
      for (let i = 0; i < count; i++) {
        const bytes = u32[(slices >>> 2) + 2 * i]!
        const key = table.key(bytes, u32[(slices >>> 2) + 2 * i + 1]!)
        const entry = table.find(key) ?? table.insert(key)
        if (entry === undefined) return i
        table.change64(entry, 1n, 1n)
      }
      return count
    },

    tableAddPairs(at, numbers, count) {
      const table = new PlainTableBlock(memory, at)
      for (let i = 0; i < count; i++) {
        const first = u32[(numbers >>> 2) + 2 * i]!
        const key = table.integerKey(first)
        const entry = table.find(key) ?? table.insert(key, keyLanes(encodeCanonical(first)))
        if (entry === undefined) return i
        table.change64(entry, BigInt(u32[(numbers >>> 2) + 2 * i + 1]!), 1n)
      }
      return count
    },

    tableFold(at, rows, from, sign) {
      const table = new PlainTableBlock(memory, at)
      const count = view.getUint32(rows + 4, true)
      const end = rows + view.getUint32(rows + 8, true)
      for (let i = from; i < count; i++) {
        const row = rows + ROWS_HEADER_BYTES + i * ROW_BYTES
        const meta = view.getBigInt64(row + ROW.meta, true)
        const contributions = (meta >> BigInt(LENGTH_BITS)) * BigInt(sign)
        if (contributions === 0n) continue
        const length = Number(meta & LENGTH_MASK)
        const long = length > INLINE_KEY_BYTES
        const key = table.key(long ? end - Number(view.getBigUint64(row + 8, true)) : row, length)
        const lane0 = view.getUint32(row + ROW.lane0, true)
        const lane1 = view.getUint32(row + ROW.lane1, true)
        const entry = table.find(key) ?? table.insert(key, { lane0, lane1 })
        if (entry === undefined) return i
        const value = view.getBigInt64(row + ROW.value, true)
        table.change64(entry, value * BigInt(sign), contributions)
      }
      return count
    },

    tableRows(at, list, from, to, out, bytesMax) {
      const table = new PlainTableBlock(memory, at)
      const chosen: Pointer[] = []
      let taken = ROWS_HEADER_BYTES
      let next = from
      for (; next < to; next++) {
        const entry = table.entry(list ? u32[(list >>> 2) + next]! : next)
        if (!list && table.contributions(entry) <= 0n) continue
        const takes = ROW_BYTES + heapBytes(table.length(entry))
        if (taken + takes > bytesMax) {
          if (chosen.length === 0) table.set('wanted', taken + takes)
          break
        }
        taken += takes
        chosen.push(entry)
      }
      let tail = ROWS_HEADER_BYTES + chosen.length * ROW_BYTES
      for (const [i, entry] of chosen.entries()) {
        const row = out + ROWS_HEADER_BYTES + i * ROW_BYTES
        putRow(table, entry, row, { end: out + taken, fromEnd: taken - tail })
        tail += heapBytes(table.length(entry))
      }
      view.setUint32(out, ROWS_MAGIC, true)
      view.setUint32(out + 4, chosen.length, true)
      view.setBigUint64(out + 8, BigInt(tail), true)
      return next
    },

    tableDrain(at, from, buffers) {
      const table = new PlainTableBlock(memory, at)
      const changes = table.get('changes')
      const entries = table.get('entries')
      const all = changes * 4 > entries
      const places = all ? entries : changes
      for (let i = from; i < places; i++) {
        const entry = table.entry(all ? i : table.change(i))
        if (!table.touched(entry)) continue
        const partition = view.getUint32(table.note(entry) + NOTE.partition, true)
        const buffer = u32[buffers / 4 + partition * 2]!
        const bytes = u32[buffers / 4 + partition * 2 + 1]!
        const count = u32[buffer / 4 + 1]!
        const row = ROWS_HEADER_BYTES + count * ROW_BYTES
        const tail = u32[buffer / 4 + 2]! + heapBytes(table.length(entry))
        if (row + ROW_BYTES + tail > bytes) {
          table.set('out0', partition)
          table.set('wanted', row + ROW_BYTES + tail)
          return i
        }
        putRow(table, entry, buffer + row, { end: buffer + bytes, fromEnd: tail })
        u32[buffer / 4 + 1] = count + 1
        u32[buffer / 4 + 2] = tail
        table.setSums(entry, 0n, 0n)
      }
      table.set('changes', 0)
      table.set('live', 0)
      return places
    },

    tableMove(sourceAt, targetAt, keep) {
      const source = new PlainTableBlock(memory, sourceAt)
      const target = new PlainTableBlock(memory, targetAt)
      const places = new Map<number, number>()
      let heapUsed = 0
      for (let i = 0; i < source.get('entries'); i++) {
        const from = source.entry(i)
        if (!keep && source.contributions(from) === 0n && !source.touched(from)) continue
        const to = target.entry(places.size)
        const note = source.note(from)
        u8.copyWithin(to, from, from + ENTRY_BYTES)
        u8.copyWithin(target.note(to), note, note + NOTE_BYTES)
        const size = heapBytes(source.length(from))
        if (size > 0) {
          const bytes = source.keyBytes(from)
          u8.copyWithin(target.at + target.get('heapAt') + heapUsed, bytes, bytes + size)
          view.setBigUint64(to + ENTRY.k1, BigInt(heapUsed), true)
          heapUsed += size
        }
        target.enter(view.getUint32(note + NOTE.hash, true), places.size)
        places.set(i, places.size)
      }
      const changes = source.get('changes')
      for (let i = 0; i < changes; i++) target.setChange(i, places.get(source.change(i))!)
      target.set('entries', places.size)
      target.set('live', source.get('live'))
      target.set('changes', changes)
      target.set('heapUsed', heapUsed)
    },

    tableTakeChanges(at) {
      const table = new PlainTableBlock(memory, at)
      const sums: [number, number] = [0, 0]
      let kept = 0
      for (let i = 0; i < table.get('changes'); i++) {
        const number = table.change(i)
        const entry = table.entry(number)
        const there = table.contributions(entry) > 0n
        const note = table.note(entry)
        const was = view.getUint32(note + NOTE.mark, true) === 1
        view.setUint32(note + NOTE.mark, 0, true)
        const value = table.value(entry)
        const old = view.getBigInt64(note + NOTE.old, true)
        if (there === was && (!there || value === old)) continue
        addLanes(sums, note, there ? value : undefined)
        table.setChange(kept++, number)
      }
      table.set('changes', 0)
      setSums(table, sums)
      return kept
    },

    tableDiff(at, otherAt, gone, list) {
      const table = new PlainTableBlock(memory, at)
      const other = otherAt ? new PlainTableBlock(memory, otherAt) : undefined
      const sums: [number, number] = [0, 0]
      let kept = 0
      for (let i = 0; i < table.get('entries'); i++) {
        const entry = table.entry(i)
        if (table.contributions(entry) <= 0n) continue
        const length = table.length(entry)
        const same = other?.find(table.key(table.keyBytes(entry), length))
        const there = other && same !== undefined && other.contributions(same) > 0n
        const value = table.value(entry)
        if (there && (gone || other.value(same) === value)) continue
        addLanes(sums, table.note(entry), gone ? undefined : value)
        u32[(list >>> 2) + kept++] = i
      }
      setSums(table, sums)
      return kept
    },

    tableTop(at, k, list) {
      const table = new PlainTableBlock(memory, at)
      const numbers: number[] = []
      for (let i = 0; i < table.get('entries'); i++) {
        if (table.contributions(table.entry(i)) > 0n) numbers.push(i)
      }
      numbers.sort((a, b) => compareEntries(table, a, b))
      const top = numbers.slice(0, k)
      u32.set(top, list >>> 2)
      return top.length
    },
  }
}
