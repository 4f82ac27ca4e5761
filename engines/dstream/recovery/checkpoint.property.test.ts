/**
 * Checkpoints over windows of any length, begun at any batches, some of them abandoned:
 *
 * 1. what a later task reads and was made up to the horizon is in the file that `checkpointOf` names;
 * 2. files that hold nothing of this are removed: they do not grow in number with the run;
 * 3. none is removed that the driver's last record needs: a driver that goes on from it finds what it names.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TickLog } from '../../core/input/tick-log.ts'
import { buildDataflow } from '../../core/plan/dataflow-builder.ts'
import { difference, sum, withOne, words } from '../../core/plan/functions.ts'
import { planOf, readStream } from '../../core/plan/stream.ts'
import { milliseconds, seconds } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { lowerToDStreams } from '../lower.ts'
import { Lineage } from '../rdd/lineage.ts'
import { blockKey, nameOfKey } from '../rdd/rdd.ts'
import { configOf } from '../trial.fixture.ts'
import { Checkpoints, checkpointOf, tablesSince } from './checkpoint.ts'
import { type CheckpointId, checkpointName, horizonOf } from './checkpoint-file.ts'

interface Shape {
  readonly slide: number
  readonly length: number
  readonly inverse: boolean
  readonly split: number
}

function lineageOf({ slide, length, inverse, split }: Shape): Lineage {
  const plan = planOf(
    readStream('log', '100ms')
      .flatMap(words)
      .map(withOne)
      .reduceByWindow(`${length * 100}ms`, sum, {
        slide: `${slide * 100}ms`,
        ...(inverse ? { inverse: difference } : {}),
      })
      .topK(3),
  )
  const config = configOf({ tick: milliseconds(100 / split) })
  const ticks = new TickLog(config.tick)
  return new Lineage(lowerToDStreams({ config, dataflow: buildDataflow(plan), ticks }))
}

/** Storage that only knows what a worker would write, and forgets what the driver removes. */
function setUp(shape: Shape, interval: number, generation: () => number = () => 1) {
  const files = new Map<string, Set<number>>()
  let now = 0
  const world = {
    storage: { remove: (name: string) => files.delete(name) },
    history: { append: () => {} },
    count: () => {},
    charge: () => {},
    now: () => now,
  } as unknown as World
  const lineage = lineageOf(shape)
  return {
    files,
    lineage,
    world,
    /** Time passes: storage is asked again. */
    wait: () => {
      now += seconds(1)
    },
    checkpoints: new Checkpoints(world, lineage, { interval, generation }),
  }
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  slide: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 3, max: 9 }),
  inverse: fc.boolean(),
  split: fc.constantFrom(1, 2, 5),
})

/**
 * What happens at a batch: nothing, pressure, pressure and a failure while the checkpoint is written or before it is recorded;
 * storage refuses a file, or no record is written.
 */
const fates = fc.array(
  fc.constantFrom('idle', 'idle', 'pressed', 'abandoned', 'held back', 'refused', 'unrecorded'),
  { minLength: 20, maxLength: 80 },
)

it('finds every table that is needed in the file that the durable checkpoints name', () => {
  fc.assert(
    fc.property(shapes, fates, fc.integer({ min: 1, max: 25 }), (shape, happens, interval) => {
      let generation = 1
      let recorded: readonly CheckpointId[] = []
      const { files, lineage, world, checkpoints, wait } = setUp(shape, interval, () => generation)
      const findsAll = (driver: Checkpoints): void => {
        const missing: string[] = []
        lineage.neededAfter(driver.horizon, (stage, rdd, made) => {
          const checkpoint = checkpointOf(driver.durable, made)
          for (let p = 0; p < lineage.graph.stages[stage]!.partitions; p++) {
            const key = blockKey(rdd, made, p)
            const file = checkpointName(checkpoint!, p)
            const isFound = driver.isDurable(key) && files.get(file)?.has(key) === true
            if (!isFound) missing.push(`${nameOfKey(key)} in ${file}`)
          }
        })
        expect(missing).toEqual([])
      }
      for (const [index, fate] of happens.entries()) {
        const batch = index + 1
        const before = checkpoints.horizon
        wait()
        checkpoints.submitted(batch, fate !== 'idle')
        const asked: number[] = []
        checkpoints.completedThrough(batch, {
          exists: () => true,
          save: (checkpoint, partition) => {
            expect(checkpoint).toBe(batch)
            asked.push(partition)
          },
        })
        for (const partition of asked) {
          if (fate === 'abandoned' && partition === asked.at(-1)) {
            checkpoints.abandon()
            generation += 1
            break
          }
          if (fate === 'refused' && partition === asked[0]) {
            checkpoints.ended({ batch, partition, bytes: 0, refusal: 'full' })
            continue
          }
          const tables = new Set<number>()
          tablesSince(lineage, before, { batch, partition }, (rdd, made) =>
            tables.add(blockKey(rdd, made, partition)),
          )
          const name = checkpointName({ batch, generation }, partition)
          expect(files.has(name)).toBe(false)
          files.set(name, tables)
          checkpoints.ended({ batch, partition, bytes: 1 })
        }
        if (fate === 'held back') {
          checkpoints.abandon()
          generation += 1
        }
        if (fate !== 'unrecorded') {
          recorded = checkpoints.next
          checkpoints.recorded(horizonOf(recorded))
        }
        if (fate === 'refused' && asked.length > 0) expect(checkpoints.horizon).toBe(before)
        if (fate === 'held back') {
          expect(checkpoints.horizon).toBe(before)
          checkpoints.recovered()
        }
        findsAll(checkpoints)
        const next = new Checkpoints(world, lineage, { interval, generation: () => generation })
        next.restore({ checkpoints: recorded, completed: batch })
        findsAll(next)
        const window = (shape.length + shape.slide) * shape.split
        expect(checkpoints.durable.length).toBeLessThanOrEqual(window + 1)
        expect(files.size).toBeLessThanOrEqual((checkpoints.durable.length + 1) * 8)
      }
    }),
    { numRuns: 60 },
  )
})

it('holds a table that it has to write until its file is durable, and no longer', () => {
  const { lineage, checkpoints } = setUp({ slide: 1, length: 3, inverse: true, split: 1 }, 10)
  const tables: { key: number; partitions: number }[] = []
  lineage.neededAfter(10, (stage, rdd, made) =>
    tables.push({
      key: blockKey(rdd, made, 0),
      partitions: lineage.graph.stages[stage]!.partitions,
    }),
  )
  const { key } = tables.find(({ partitions }) => partitions > 1)!
  expect(checkpoints.hold(key, 11)).toBe(false)
  checkpoints.submitted(10, false)
  expect(checkpoints.hold(key, 10)).toBe(false)
  expect(checkpoints.hold(key, 11)).toBe(true)
  const asked: number[] = []
  checkpoints.completedThrough(10, {
    exists: () => true,
    save: (_, partition) => asked.push(partition),
  })
  const other = key + 1
  checkpoints.ended({ batch: 10, partition: 1, bytes: 100 })
  expect(checkpoints.hold(other, 11)).toBe(false)
  for (const p of asked) checkpoints.ended({ batch: 10, partition: p, bytes: 100 })
  expect(checkpoints.recorded(0)).toEqual([])
  expect([checkpoints.horizon, checkpoints.nextHorizon]).toEqual([0, 10])
  expect(checkpoints.recorded(10)).toEqual([key])
  expect(checkpoints.horizon).toBe(10)
})

it('is recorded, not given up, when all of it is there and the membership changes', () => {
  const { checkpoints, files } = setUp({ slide: 1, length: 3, inverse: true, split: 1 }, 10)
  checkpoints.submitted(10, false)
  checkpoints.completedThrough(10, {
    exists: () => true,
    save(batch, partition) {
      files.set(checkpointName({ batch, generation: 1 }, partition), new Set())
    },
  })
  for (let p = 0; p < 8; p++) checkpoints.ended({ batch: 10, partition: p, bytes: 1 })
  const { size } = files
  expect(checkpoints.abandon()).toEqual([])
  expect(files.size).toBe(size)
  checkpoints.recorded(10)
  // What was lost is made again from behind it.
  expect(checkpoints.horizon).toBe(0)
  checkpoints.recovered()
  expect(checkpoints.durable).toEqual([{ batch: 10, generation: 1 }])
})

it('gives up when a table is lost, and writes it all with the next one', () => {
  const { checkpoints } = setUp({ slide: 1, length: 3, inverse: true, split: 1 }, 10)
  const asked: string[] = []
  const through = (batch: number, exists: boolean): void => {
    checkpoints.submitted(batch, true)
    checkpoints.completedThrough(batch, {
      exists: () => exists,
      save: (checkpoint, partition) => asked.push(`${checkpoint}-${partition}`),
    })
  }
  through(4, false)
  expect(asked).toEqual([])
  through(5, true)
  expect(asked).toHaveLength(8)
  expect(checkpoints.horizon).toBe(0)
})

it('leaves the files of an earlier generation alone when it gives up the same batch', () => {
  const shape = { slide: 1, length: 3, inverse: true, split: 1 }
  const { checkpoints, lineage, world, files } = setUp(shape, 10)
  const begin = (driver: Checkpoints, generation: number): readonly number[] => {
    const asked: number[] = []
    driver.submitted(10, false)
    driver.completedThrough(10, {
      exists: () => true,
      save: (batch, partition) => {
        asked.push(partition)
        files.set(checkpointName({ batch, generation }, partition), new Set())
      },
    })
    return asked
  }
  const asked = begin(checkpoints, 1)
  for (const partition of asked) checkpoints.ended({ batch: 10, partition, bytes: 1 })
  checkpoints.recorded(10)
  expect(checkpoints.durable).toEqual([{ batch: 10, generation: 1 }])
  const before = [...files.keys()]
  const next = new Checkpoints(world, lineage, { interval: 10, generation: () => 2 })
  expect(begin(next, 2)).toEqual(asked)
  expect(files.size).toBe(2 * before.length)
  next.abandon()
  expect([...files.keys()]).toEqual(before)
})

it('fails when storage refuses a file, once all have ended; and begins another no sooner than it may have room', () => {
  const shape = { slide: 1, length: 3, inverse: true, split: 1 }
  const { checkpoints, lineage, files, wait } = setUp(shape, 10)
  const asked: number[] = []
  const act = {
    exists: () => true,
    save: (batch: number, partition: number) => {
      asked.push(partition)
      files.set(checkpointName({ batch, generation: 1 }, partition), new Set())
    },
  }
  const keys: number[] = []
  lineage.neededAfter(10, (_stage, rdd, made) => keys.push(blockKey(rdd, made, 0)))
  checkpoints.submitted(10, false)
  checkpoints.completedThrough(10, act)
  expect(checkpoints.hold(keys[0]!, 11)).toBe(true)
  const [refused, ...others] = asked.reverse()
  expect(checkpoints.ended({ batch: 10, partition: refused!, bytes: 0, refusal: 'full' })).toEqual(
    [],
  )
  const released = others.map((partition) => {
    return checkpoints.ended({ batch: 10, partition, bytes: 1 })
  })
  expect(released.flat()).toEqual([keys[0]])
  expect(released.at(-1)).toEqual([keys[0]])
  expect([...files.keys()]).toEqual([])
  expect([checkpoints.horizon, checkpoints.nextHorizon]).toEqual([0, 0])
  for (const batch of [11, 12]) {
    checkpoints.submitted(batch, true)
    expect(checkpoints.isAtEnd).toBe(false)
  }
  wait()
  checkpoints.submitted(13, false)
  expect(checkpoints.isAtEnd).toBe(true)
})
