/**
 * Where everything lies in the run's one memory: planned once by the supervisor, handed to every thread as plain data.
 *
 *   0        64 KiB that stay unused (null pointers, static data of kernels)
 *            run words · authority · per process: wake word, status, counters, gaps · rings · input pool · regions
 *
 * Each area has one writer, but for wake words. Areas lie on multiples of 128 bytes, regions on multiples of 4 KiB.
 */
import { PAGE_BYTES } from '../../columns/memory.ts'
import { ConfigurationError } from '../../errors.ts'
import { HISTOGRAM_SLOTS } from '../../metrics/histogram.ts'
import type { Pointer, ProcessId } from '../../units.ts'
import { COUNTERS_BYTES } from './counters.ts'
import { faultAreaBytes } from './faults/fault-words.ts'
import { STATUS_BYTES } from './process-status.ts'
import { membershipAreaBytes } from './published-membership.ts'
import { RING_HEADER_BYTES, type RingSpan } from './ring.ts'

export interface LayoutSizes {
  /** Memory of its own for each worker, and for each other process (a driver). */
  readonly workerRegionBytes: number
  readonly driverRegionBytes: number
  /** Capacities of rings: powers of two. One message fits if it is smaller than its ring. */
  readonly controlRingBytes: number
  readonly dataRingBytes: number
  readonly commitRingBytes: number
  readonly reportRingBytes: number
  readonly storageRingBytes: number
}

export interface LayoutRequest {
  readonly sizes: LayoutSizes
  readonly workers: number
  readonly processes: number
  readonly partitions: number
  /** Bytes that the input's pool takes, padding and offsets included (`poolFootprint`). */
  readonly poolBytes: number
  /** How many faults the trial's plan has. */
  readonly faults: number
}

export interface RegionSpan {
  readonly name: string
  readonly base: Pointer
  readonly size: number
}

export interface ProcessLayout {
  readonly process: ProcessId
  readonly wake: Pointer
  readonly status: Pointer
  readonly counters: Pointer
  /** A histogram of scheduling gaps. */
  readonly stalls: Pointer
  readonly region: RegionSpan
  /** From this process to the supervisor. */
  readonly commits: RingSpan
  readonly reports: RingSpan
  readonly proposals: RingSpan
  /** To the storage service and back. */
  readonly storageRequests: RingSpan
  readonly storageCompletions: RingSpan
}

export interface LinkLayout {
  readonly control: RingSpan
  readonly data: RingSpan
}

export interface ThreadsLayout {
  readonly bytes: number
  /** Words of the run: see `run-words.ts`. */
  readonly run: Pointer
  readonly authority: Pointer
  readonly supervisorWake: Pointer
  readonly storageWake: Pointer
  readonly processes: readonly ProcessLayout[]
  /** `links[from][to]`, oneself excepted. */
  readonly links: readonly (readonly (LinkLayout | undefined)[])[]
  /** Words of the faults: see `faults/fault-words.ts`. */
  readonly faults: Pointer
  /** Where the input's pool goes. */
  readonly pool: Pointer
}

const PROPOSAL_RING_BYTES = 64 * 1024

export function planLayout(request: LayoutRequest): ThreadsLayout {
  const { sizes, workers, processes, partitions, poolBytes } = request
  let next = PAGE_BYTES
  const take = (bytes: number, alignment = 128): Pointer => {
    const at = Math.ceil(next / alignment) * alignment
    next = at + bytes
    return at
  }
  const ring = (capacity: number, writerWake: Pointer, readerWake: Pointer): RingSpan => ({
    base: take(RING_HEADER_BYTES + capacity),
    capacity,
    writerWake,
    readerWake,
  })

  const run = take(128)
  const authority = take(membershipAreaBytes(processes, partitions))
  const supervisorWake = take(128)
  const storageWake = take(128)
  const wakes = Array.from({ length: processes }, () => take(128))
  const faults = take(faultAreaBytes(request.faults, processes))
  const statuses = wakes.map(() => take(STATUS_BYTES))
  const counters = wakes.map(() => take(COUNTERS_BYTES))
  const stalls = wakes.map(() => take(HISTOGRAM_SLOTS * 8))
  const rings = wakes.map((wake) => ({
    commits: ring(sizes.commitRingBytes, wake, supervisorWake),
    reports: ring(sizes.reportRingBytes, wake, supervisorWake),
    proposals: ring(PROPOSAL_RING_BYTES, wake, supervisorWake),
    storageRequests: ring(sizes.storageRingBytes, wake, storageWake),
    storageCompletions: ring(sizes.storageRingBytes, storageWake, wake),
  }))
  const links = wakes.map((writerWake, from) =>
    wakes.map((readerWake, to) =>
      from === to
        ? undefined
        : {
            control: ring(sizes.controlRingBytes, writerWake, readerWake),
            data: ring(sizes.dataRingBytes, writerWake, readerWake),
          },
    ),
  )
  const pool = take(poolBytes)
  const spans = wakes.map((_, process) => {
    const size = process < workers ? sizes.workerRegionBytes : sizes.driverRegionBytes
    const name = process < workers ? `worker ${process}` : `process ${process}`
    return { name, base: take(size, 4096), size }
  })
  if (next > 2 ** 32) {
    throw new ConfigurationError({
      asked: `a memory for ${processes} processes and ${poolBytes} bytes of input`,
      found: `it would need ${next} bytes`,
      rule: 'a run has one memory of at most 4 GiB',
      remedy: 'Use fewer workers, or less memory per worker (--worker-memory)',
    })
  }
  return {
    bytes: next,
    run,
    authority,
    supervisorWake,
    storageWake,
    processes: wakes.map((wake, process) => ({
      process,
      wake,
      status: statuses[process]!,
      counters: counters[process]!,
      stalls: stalls[process]!,
      region: spans[process]!,
      ...rings[process]!,
    })),
    links,
    faults,
    pool,
  }
}
