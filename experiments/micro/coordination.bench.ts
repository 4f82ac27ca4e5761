/**
 * What the two models pay to coordinate: a progress update applied (timely), an element visited to launch tasks (D-Stream).
 *
 * Both run an engine's own parts on word count, and count units by what those parts report themselves.
 */
import { PAGE_BYTES, Region, RunMemory } from '../../engines/core/columns/memory.ts'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { tickLogOf } from '../../engines/core/input/tick-log.ts'
import { loadKernels } from '../../engines/core/kernels/load-kernels.ts'
import { type Membership, placePartitions } from '../../engines/core/membership/membership.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { seededRandom } from '../../engines/core/world/random.ts'
import type { Outgoing, Process, World } from '../../engines/core/world/world.ts'
import { lowerToDStreams } from '../../engines/dstream/lower.ts'
import { Driver } from '../../engines/dstream/scheduler/driver.ts'
import { writeReport } from '../../engines/dstream/scheduler/report.ts'
import { REPORT_CHANNEL, WireWriter } from '../../engines/dstream/scheduler/wire.ts'
import {
  connectorLocation,
  progressGraph,
  stageLocation,
} from '../../engines/timely/graph/location.ts'
import { lowerToGraph } from '../../engines/timely/lower.ts'
import { ProgressTracker } from '../../engines/timely/progress/progress-tracker.ts'
import { Reachability } from '../../engines/timely/progress/reachability.ts'
import { timeOfEpoch } from '../../engines/timely/progress/timestamp.ts'
import { plan, wordCount } from '../../workloads/word-count/workload.ts'
import { blockStoreBytesOf, TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { MicroCase } from './micro-case.ts'

const WORKERS = 2
const PARTITIONS = 8
const TICK = milliseconds(100)

function configFor(engine: RunConfig['engine'], batches: number): RunConfig {
  return {
    engine,
    plan: wordCount.plan(),
    workers: WORKERS,
    partitions: PARTITIONS,
    tick: TICK,
    input: { rate: 1_000, duration: Math.ceil(batches / 10) * seconds(1) },
    seed: 1,
    kernels: 'columns',
    keepRows: false,
    digests: true,
    replacement: 'respawn',
    detector: { heartbeat: seconds(3_600), timeout: seconds(36_000) },
    timely: TRIAL_DEFAULTS.timely,
    dstream: {
      ...TRIAL_DEFAULTS.dstream,
      batchesInFlightMax: batches,
      blockStoreBytesMax: blockStoreBytesOf({}),
    },
  }
}

export function coordinationCases(repetitions: number): readonly MicroCase[] {
  return [progressCase(repetitions), dispatchCase(repetitions)]
}

/** Epochs open and close, and messages are announced and received, as another worker's broadcasts would have it. */
function progressCase(repetitions: number): MicroCase {
  const dataflow = buildDataflow(planOf(plan({})))
  const config = configFor('timely', 10)
  const { graph } = lowerToGraph({ config, dataflow, ticks: tickLogOf(config, dataflow) })
  const tracker = new ProgressTracker(new Reachability(progressGraph(graph)))
  const last = stageLocation(graph.stages.length - 1)
  const source = stageLocation(0)
  const exchange = connectorLocation(graph, 0)
  let epoch = 0
  tracker.update(source, timeOfEpoch(0), WORKERS)
  tracker.update(last, timeOfEpoch(0), WORKERS)
  return {
    name: 'progress update',
    unit: 'element',
    run() {
      tracker.takeVisited()
      for (let i = 0; i < repetitions; i++) {
        const now = timeOfEpoch(epoch)
        const next = timeOfEpoch(epoch + 1)
        for (let worker = 0; worker < WORKERS; worker++) {
          tracker.update(exchange, now, PARTITIONS)
          tracker.update(source, next, 1)
          tracker.update(source, now, -1)
          tracker.update(exchange, now, -PARTITIONS)
        }
        tracker.hasPrecursor(last, now)
        tracker.update(last, next, WORKERS)
        tracker.update(last, now, -WORKERS)
        epoch += 1
      }
      return tracker.takeVisited()
    },
    check: () => tracker.leastEpoch() - epoch,
  }
}

/** A driver that launches the first job stage of many batches, in a world that only listens. */
function dispatchCase(repetitions: number): MicroCase {
  const batches = Math.min(repetitions, 64)
  const config = configFor('dstream', batches)
  const dataflow = buildDataflow(planOf(plan({})))
  const memory = RunMemory.reserve(PAGE_BYTES * 40)
  const region = new Region(memory, { name: 'micro', base: PAGE_BYTES, size: PAGE_BYTES * 32 })
  const setup = {
    config,
    dataflow,
    input: createInputLog(config, { bytes: 0, offsets: 0, records: 1 }),
    ticks: tickLogOf(config, dataflow),
    kernels: loadKernels(memory, 'columns'),
  }
  const graph = lowerToDStreams(setup)
  const membership = membershipOf(config)
  let now = 0
  let units = 0
  let bytes = 0
  let driver: Process
  const world: World = {
    process: WORKERS,
    incarnation: 1,
    now: () => now,
    transport: {
      congested: () => false,
      send({ payload }: Outgoing) {
        bytes += payload.length
      },
    },
    storage: {
      write: () => 0,
      writeScratch: () => 0,
      publish: () => 0,
      read: () => 0,
      list: () => 0,
      remove: () => 0,
    },
    random: seededRandom(1),
    authority: { generation: () => 1, current: () => membership, propose: () => undefined },
    ledger: { commit: () => 'accepted' },
    history: { append: () => {} },
    region,
    charge(seam, charged) {
      if (seam === 'dispatch') units += charged
    },
    count: () => {},
    keepRows: () => {},
    answer: () => {},
  }
  return {
    name: 'task dispatch',
    unit: 'element',
    before() {
      now = 0
      units = 0
      bytes = 0
      driver = new Driver(world, setup, graph)
      for (let worker = 0; worker < WORKERS; worker++) hello(driver, worker, region)
      now = batches * TICK
    },
    run() {
      driver.step()
      return units
    },
    check: () => bytes,
  }
}

function membershipOf({ workers, partitions }: RunConfig): Membership {
  const ids = Array.from({ length: workers }, (_, worker) => worker)
  return {
    generation: 1,
    term: 1,
    members: [...ids, workers].map((process) => ({ process, incarnation: 1, state: 'live' })),
    placement: placePartitions(partitions, ids),
  }
}

function hello(driver: Process, from: number, region: Region): void {
  const writer = new WireWriter()
  writeReport(
    writer,
    { number: 1, hello: true, evicted: 0, shuffleBytes: 0 },
    { done: [], files: [] },
  )
  const bytes = writer.view()
  const pointer = region.allocate(bytes.length)
  region.memory.u8.set(bytes, pointer)
  const payload = { pointer, length: bytes.length }
  driver.receive({ kind: 'message', from, channel: REPORT_CHANNEL, generation: 1, payload })
  region.free(pointer, bytes.length)
}
