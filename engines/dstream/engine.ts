/**
 * The D-Stream engine: micro-batches after Spark Streaming (D-Streams, SOSP'13). Workers and a driver; see `README.md`.
 */
import type { Engine } from '../core/engine.ts'
import { ConfigurationError } from '../core/errors.ts'
import { tickLogOf } from '../core/input/tick-log.ts'
import { checkResize } from '../core/membership/resize.ts'
import { lowerDataflow } from '../core/operators/lower-dataflow.ts'
import type { Dataflow } from '../core/plan/dataflow.ts'
import { checkTick } from '../core/plan/dataflow-builder.ts'
import { formatDuration } from '../core/plan/duration.ts'
import { checkSupport } from '../core/plan/operator-support.ts'
import type { RunConfig } from '../core/run-config.ts'
import { lowerToDStreams } from './lower.ts'
import type { BlockObserver } from './rdd/block-observer.ts'
import { BATCHES_MAX, PARTITIONS_MAX, RDDS_MAX, STAGES_MAX } from './rdd/rdd.ts'
import { Driver } from './scheduler/driver.ts'
import { Worker } from './worker/worker.ts'

export const dstreamEngine: Engine = dstreamEngineWith()

/** With an observer that is told of blocks: for invariants, in the simulated world. */
export function dstreamEngineWith(observer?: BlockObserver): Engine {
  return {
    name: 'dstream',
    processes: (config) => config.workers + 1,
    check: checkRun,
    // A batch is computed when all of it is here. That is surely needed; what lineage holds until a checkpoint may be more or less, as
    // checkpoints come early when shuffles fill the block store (and not when receivers are full).
    heldInput: ({ tick }) => tick,
    create: (world, setup) => {
      const graph = lowerToDStreams(setup)
      if (world.process === setup.config.workers) return new Driver(world, setup, graph)
      return new Worker(world, setup, {
        graph,
        lowered: lowerDataflow(setup, world.region, world),
        observer,
      })
    },
  }
}

function checkRun(config: RunConfig, dataflow: Dataflow): void {
  const { tick, dstream, partitions, input } = config
  checkSupport('dstream', dataflow, dstream.iterationsAsJobs)
  checkTick(dataflow, tick)
  checkResize(config)
  const { lastBatch, stages, rdds } = lowerToDStreams({
    config,
    dataflow,
    ticks: tickLogOf(config, dataflow),
  })
  const { checkpointInterval, batchesInFlightMax, blockStoreBytesMax, speculation } = dstream
  if (!(checkpointInterval > 0) || checkpointInterval % tick !== 0) {
    throw refusal(
      `a checkpoint interval of ${formatDuration(checkpointInterval)}`,
      `batches of ${formatDuration(tick)}`,
      'state is checkpointed at the end of a batch',
      'Choose a positive multiple of the tick',
    )
  }
  if (!(batchesInFlightMax >= 1)) {
    throw refusal(
      `${batchesInFlightMax} batches in flight`,
      'no room for a single one',
      'at least one batch is in progress at a time',
      'Set batchesInFlightMax to 1 or more',
    )
  }
  if (speculation !== undefined && !(speculation > 1 && Number.isFinite(speculation))) {
    throw refusal(
      `speculation beyond ${speculation} × the median`,
      'tasks that are copied although they are not slow',
      'a task is slow when it takes longer than its job stage’s median, times a factor above 1',
      'Set speculation to 1.4, or leave it out',
    )
  }
  if (!(blockStoreBytesMax >= 0) || partitions > PARTITIONS_MAX) {
    throw refusal(
      `a block store of ${blockStoreBytesMax} bytes and ${partitions} partitions`,
      'one of them out of range',
      `bytes are not negative; there are at most ${PARTITIONS_MAX} partitions`,
      'Choose other values',
    )
  }
  if (input.duration % tick !== 0) {
    throw refusal(
      `an input of ${formatDuration(input.duration)}`,
      `batches of ${formatDuration(tick)}`,
      'the input ends with a batch',
      'Choose a duration that is a multiple of the tick',
    )
  }
  if (lastBatch >= BATCHES_MAX) {
    throw refusal(
      `a run of ${formatDuration(input.duration)}`,
      `${lastBatch} batches of ${formatDuration(tick)}`,
      `a run has fewer than ${BATCHES_MAX} batches`,
      'Choose a longer tick or a shorter duration',
    )
  }
  if (stages.length > STAGES_MAX || rdds.length > RDDS_MAX) {
    throw refusal(
      `a plan of ${stages.length} job stages and ${rdds.length} RDDs`,
      'more than have numbers of their own',
      `there are at most ${STAGES_MAX} job stages and ${RDDS_MAX} RDDs`,
      'Cut the plan in two',
    )
  }
}

function refusal(asked: string, found: string, rule: string, remedy: string): ConfigurationError {
  return new ConfigurationError({ asked, found, rule, remedy })
}
