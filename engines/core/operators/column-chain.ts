/**
 * Chains and readers of columns: the closed list of kernels over text batches, in scratch memory of their own.
 *
 * Every kernel call gives slices into a buffer of its own, of fixed size, so that a batch of any size passes in pieces
 * that stay in a core's first cache. Bytes stay where they are, but for `lower-case`, which copies.
 */
import { assert } from '../assert.ts'
import type { Batch } from '../columns/batch.ts'
import type { Region, RunMemory } from '../columns/memory.ts'
import { encodeText } from '../columns/value-codec.ts'
import type { PoolRange } from '../input/input-log.ts'
import { type Kernels, LOWER_CASE_PADDING } from '../kernels/kernels.ts'
import type { DigestSum } from '../output/digest.ts'
import type { KernelCall } from '../plan/plan.ts'
import type { Pointer } from '../units.ts'
import type { Chain, RecordReader } from './chain.ts'
import { textAt } from './plain-reader.ts'

type TextBatch = Extract<Batch, { kind: 'text' }>
type NumberBatch = Extract<Batch, { kind: 'numbers' }>

/** Slices that a kernel of a chain gives at once. */
const SLICES_MAX = 1024
const SLICE_BYTES = 8
const SCRATCH_BYTES = 32_768

/** Told of the records that enter a kernel, by its name. */
export type ChainReport = (kernel: string, records: number) => void

/** Runs one kernel over a batch; visits what comes out in one or more batches. */
type Step = (slices: Pointer, count: number, next: Next) => void
type Next = (slices: Pointer, count: number) => void

/**
 * A chain over text batches; without calls (or with `with-one` only) it hands on any batch as it is.
 *
 * Allocates its buffers here, for the process's life. `with-one` changes nothing: a text batch that enters a combiner
 * counts one for each slice.
 */
export function columnChain(
  kernels: Kernels,
  region: Region,
  calls: readonly KernelCall[],
  report?: ChainReport,
): Chain {
  const steps = calls
    .filter((call) => call.name !== 'with-one')
    .map((call) => reporting(stepOf(kernels, region, call), call, report))
  if (steps.length === 0) return { run: (batch, visit) => visit(batch) }
  return {
    run(batch, visit) {
      assert(batch.kind === 'text', `a batch of ${batch.kind} reached a chain of columns`)
      let next: Next = (slices, count) => visit({ kind: 'text', slices, count })
      for (let i = steps.length - 1; i > 0; i--) {
        const step = steps[i]!
        const after = next
        next = (slices, count) => step(slices, count, after)
      }
      if (batch.count > 0) steps[0]!(batch.slices, batch.count, next)
    },
  }
}

function reporting(step: Step, { name }: KernelCall, report: ChainReport | undefined): Step {
  if (report === undefined) return step
  return (slices, count, next) => {
    report(name, count)
    step(slices, count, next)
  }
}

function stepOf(kernels: Kernels, region: Region, call: KernelCall): Step {
  const out = region.allocate(SLICES_MAX * SLICE_BYTES)
  switch (call.name) {
    case 'words':
      return wordsStep(kernels, region, out)
    case 'contains': {
      const needle = encodeText(call.text)
      const at = region.allocate(needle.length)
      region.memory.u8.set(needle, at)
      return inPieces(out, (slices, count) =>
        kernels.contains(slices, count, at, needle.length, out),
      )
    }
    case 'longer-than':
      return inPieces(out, (slices, count) => kernels.longerThan(slices, count, call.bytes, out))
    case 'prefix':
      return inPieces(out, (slices, count) => {
        kernels.prefix(slices, count, call.bytes, out)
        return count
      })
    case 'lower-case':
      return lowerCaseStep(kernels, region, out)
    default:
      assert(false, `${call.name} is not a kernel of a chain`)
  }
}

/** For kernels that give at most one slice for each: pieces of the input as large as `out`. */
function inPieces(out: Pointer, kernel: (slices: Pointer, count: number) => number): Step {
  return (slices, count, next) => {
    for (let from = 0; from < count; from += SLICES_MAX) {
      const kept = kernel(slices + from * SLICE_BYTES, Math.min(count - from, SLICES_MAX))
      if (kept > 0) next(out, kept)
    }
  }
}

function wordsStep(kernels: Kernels, region: Region, out: Pointer): Step {
  const cursor = region.allocate(8)
  const { u32 } = region.memory
  return (slices, count, next) => {
    u32[cursor >>> 2] = 0
    u32[(cursor >>> 2) + 1] = 0
    while (u32[cursor >>> 2]! < count) {
      const found = kernels.words(slices, count, out, SLICES_MAX, cursor)
      if (found > 0) next(out, found)
    }
  }
}

function lowerCaseStep(kernels: Kernels, region: Region, out: Pointer): Step {
  let size = SCRATCH_BYTES
  let scratch = region.allocate(size)
  return (slices, count, next) => {
    for (let from = 0; from < count; ) {
      const at = slices + from * SLICE_BYTES
      const most = Math.min(count - from, SLICES_MAX)
      const taken = kernels.lowerCase(at, most, out, scratch, size)
      if (taken === 0) {
        // One text alone is longer than the scratch.
        region.free(scratch, size)
        size = region.memory.u32[(at >>> 2) + 1]! + LOWER_CASE_PADDING
        scratch = region.allocate(size)
      } else {
        next(out, taken)
        from += taken
      }
    }
  }
}

/** Reads text records in place. Allocates `recordsMax` slices for the process's life. */
export function textReader(kernels: Kernels, region: Region, recordsMax: number): RecordReader {
  assert(recordsMax >= 1, `batches of ${recordsMax} records`)
  const slices = region.allocate(recordsMax * SLICE_BYTES)
  return {
    recordsMax,
    read(range: PoolRange, visit) {
      const { bytes, offsets } = range.pool
      const end = range.first + range.count
      for (let first = range.first; first < end; first += recordsMax) {
        const count = Math.min(end - first, recordsMax)
        kernels.poolSlices(bytes, offsets, first, count, slices)
        visit({ kind: 'text', slices, count })
      }
    },
  }
}

/** The texts of a batch, for plain functions. Costs a string each. */
export function decodeTexts(memory: RunMemory, batch: TextBatch): string[] {
  const { u32 } = memory
  const all = Buffer.from(memory.buffer)
  const texts: string[] = []
  for (let i = 0; i < batch.count; i++) {
    const pointer = u32[(batch.slices >>> 2) + 2 * i]!
    const length = u32[(batch.slices >>> 2) + 2 * i + 1]!
    texts.push(textAt(memory, all, pointer, pointer + length))
  }
  return texts
}

/** Adds the rows (text, 1) of batches to a digest: an output of plain events. Allocates 8 bytes for the process's life. */
export function textDigest(
  kernels: Kernels,
  region: Region,
): (batch: TextBatch, sum: DigestSum) => void {
  const sums = region.allocate(8)
  const { u32 } = region.memory
  const at = sums >>> 2
  return (batch, sum) => {
    kernels.digestText(batch.slices, batch.count, sums)
    sum.addSums(batch.count, u32[at]!, u32[at + 1]!)
  }
}

/** Adds the rows (first, second) of batches to a digest. Allocates 8 bytes for the process's life. */
export function numberDigest(
  kernels: Kernels,
  region: Region,
): (batch: NumberBatch, sum: DigestSum) => void {
  const sums = region.allocate(8)
  const { u32 } = region.memory
  const word = sums >>> 2
  return ({ at, count }, sum) => {
    kernels.digestNumbers(at, count, sums)
    sum.addSums(count, u32[word]!, u32[word + 1]!)
  }
}
