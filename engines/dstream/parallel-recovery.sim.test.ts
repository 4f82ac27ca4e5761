/**
 * Parallel recovery, seen in what the driver launches and workers report (D-Streams §5.1): tasks that ran on a lost worker run
 * again, and lost partitions are made again side by side, over partitions and over batches.
 */
import { expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../core/cost/cost-model.ts'
import type { Engine } from '../core/engine.ts'
import { sum, withOne, words } from '../core/plan/functions.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { milliseconds, type Nanos, type ProcessId, seconds } from '../core/units.ts'
import type { Outgoing, World } from '../core/world/world.ts'
import { checkedDStreamEngine } from './checked-engine.ts'
import { LAUNCH_CHANNEL, REPORT_CHANNEL } from './scheduler/wire.ts'
import { configOf, eventsOf, expectTrue, run } from './trial.fixture.ts'

interface TaskSeen {
  readonly at: Nanos
  readonly worker: ProcessId
  readonly stage: number
  readonly batch: number
  readonly partition: number
}

/** Tasks of a launch message (`scheduler/launch.ts`). */
function launchedIn({ payload }: Outgoing): Omit<TaskSeen, 'at' | 'worker'>[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const u16 = (at: number): number => view.getUint16(at, true)
  const u32 = (at: number): number => view.getUint32(at, true)
  const keys = u32(16) + u32(20) + u32(24)
  let at = 36 + keys * 8 + u32(28) * 12
  const tasks: Omit<TaskSeen, 'at' | 'worker'>[] = []
  for (let group = u32(32); group > 0; group--) {
    const [stage, batch, count] = [u16(at), u32(at + 4), u16(at + 8)]
    for (let t = 0; t < count; t++) tasks.push({ stage, batch, partition: u16(at + 10 + t * 2) })
    at = Math.ceil((at + 10 + count * 2) / 4) * 4
  }
  return tasks
}

/** Tasks of a report (`scheduler/report.ts`). */
function reportedIn({ payload }: Outgoing): Omit<TaskSeen, 'at' | 'worker'>[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  return Array.from({ length: view.getUint32(16, true) }, (_, task) => {
    const at = 24 + task * 12
    return {
      stage: view.getUint16(at, true),
      partition: view.getUint16(at + 2, true),
      batch: view.getUint32(at + 4, true),
    }
  })
}

/** An engine, and what its driver launches and its workers report, in order. */
function watched(): { engine: Engine; launched: TaskSeen[]; reported: TaskSeen[] } {
  const { engine } = checkedDStreamEngine()
  const launched: TaskSeen[] = []
  const reported: TaskSeen[] = []
  const sees = (world: World) => (message: Outgoing) => {
    const at = world.now()
    if (message.channel === LAUNCH_CHANNEL) {
      launched.push(...launchedIn(message).map((task) => ({ at, worker: message.to, ...task })))
    }
    if (message.channel === REPORT_CHANNEL) {
      reported.push(...reportedIn(message).map((task) => ({ at, worker: world.process, ...task })))
    }
    world.transport.send(message)
  }
  const watching: Engine = {
    ...engine,
    create: (world, setup) => {
      const transport = { send: sees(world), congested: () => world.transport.congested() }
      return engine.create({ ...world, transport }, setup)
    },
  }
  return { engine: watching, launched, reported }
}

const plan = planOf(readStream('log', '500ms').flatMap(words).map(withOne).runningReduce(sum))
/** A map task takes 10 ms; there are no checkpoints, so all that a worker had is lost. */
const COSTS = { ...NOMINAL_COSTS, kernels: { other: 0, words: milliseconds(2) } }
const CONFIG = configOf({ workers: 4, dstream: { checkpointInterval: seconds(100) } })
const LOST: ProcessId = 1
const KILLED_AT = milliseconds(2_305)

function killed() {
  const { engine, launched, reported } = watched()
  const faults = [{ kind: 'kill', process: LOST, at: KILLED_AT }] as const
  const record = run(plan, CONFIG, faults, { engine, costs: COSTS })
  expectTrue(plan, CONFIG, record)
  const [planned] = eventsOf(record, 'recovery-planned')
  return { launched, reported, plannedAt: planned!.at }
}

const nameOf = ({ stage, batch, partition }: TaskSeen): string => `${batch}/${stage}/${partition}`

it('runs again what ran on the lost worker', () => {
  const { launched, reported, plannedAt } = killed()
  const done = new Set(reported.filter(({ at }) => at <= KILLED_AT).map(nameOf))
  const running = launched.filter(
    (task) => task.worker === LOST && task.at <= KILLED_AT && !done.has(nameOf(task)),
  )
  expect(running.length).toBeGreaterThan(0)
  const again = new Set(launched.filter(({ at }) => at >= plannedAt).map(nameOf))
  for (const task of running) expect(again.has(nameOf(task)), nameOf(task)).toBe(true)
})

it('makes lost partitions again in parallel, over partitions and over batches', () => {
  const { launched, reported, plannedAt } = killed()
  const before = new Set(launched.filter(({ at }) => at < plannedAt).map(nameOf))
  const reads = launched.filter(
    (task) => task.at >= plannedAt && task.stage === 0 && before.has(nameOf(task)),
  )
  // Reading is lost of both partitions and of all batches so far; some ran when the worker died.
  const batches = new Set(reads.map(({ batch }) => batch))
  expect(batches.size).toBeGreaterThan(20)
  expect(reads.length).toBeGreaterThanOrEqual(2 * batches.size)
  // All at once: none waits for one of an earlier batch.
  expect(new Set(reads.map(({ at }) => at)).size).toBeLessThanOrEqual(4)
  // By all workers alike.
  for (let worker = 0; worker < CONFIG.workers; worker++) {
    const share = reads.filter((task) => task.worker === worker).length / reads.length
    expect(share, `worker ${worker}`).toBeGreaterThan(0.15)
  }
  const names = new Set(reads.map(nameOf))
  const ends = reported.filter((task) => task.at >= plannedAt && names.has(nameOf(task)))
  const took = Math.max(...ends.map(({ at }) => at)) - plannedAt
  expect(took).toBeLessThan((reads.length * milliseconds(10)) / 2)
})
