/** What is kept of what was sent, and what of it is sent again: to whom, in which order, and when. */
import { describe, expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../../core/columns/memory.ts'
import { TickLog } from '../../core/input/tick-log.ts'
import { milliseconds } from '../../core/units.ts'
import { Capability } from '../dataflow/capability.ts'
import { connectorLocation, progressGraph, stageLocation } from '../graph/location.ts'
import { GraphBuilder } from '../graph/logical-graph.ts'
import { ProgressBroadcast } from '../progress/progress-broadcast.ts'
import { ProgressTracker } from '../progress/progress-tracker.ts'
import { Reachability } from '../progress/reachability.ts'
import { timeOfEpoch } from '../progress/timestamp.ts'
import { SentRows } from './sent-rows.ts'
import type { KeptWorker } from './takeover.ts'

const SELF = 0
const ROWS_BYTES = 8
const PARCEL_BYTES = 12 + ROWS_BYTES

function harness(bytesMax?: number) {
  const memory = RunMemory.reserve(2 * PAGE_BYTES)
  const region = new Region(memory, { name: 'sent', base: PAGE_BYTES, size: PAGE_BYTES })
  const builder = new GraphBuilder()
  const source = builder.input('source')
  const target = builder.stage('target')
  const connector = builder.connect(source, target, 'exchange')
  const graph = builder.finish()
  const reachability = new Reachability(progressGraph(graph))
  const tracker = new ProgressTracker(reachability)
  const progress = new ProgressBroadcast(reachability.graph, tracker, {
    self: SELF,
    workers: [SELF],
    accumulation: 'none',
    send: () => {},
  })
  const told: string[] = []
  const links = { congested: false }
  const rows = new SentRows({
    world: {
      process: SELF,
      region,
      transport: { send: () => {}, congested: () => links.congested },
      history: { append: (event) => told.push(event) },
      charge: () => {},
      count: () => {},
    },
    setup: { ticks: new TickLog(milliseconds(100)) },
    plan: { graph },
    // Partition 0 is here.
    membership: { placement: [0, 1, 2] },
    epoch: 0,
    kept: [],
    ...(bytesMax !== undefined && { bytesMax }),
  })
  /** Of what was sent in the first place, and again: epoch, partition, and what is in the rows. */
  const sent: number[][] = []
  const seen = (partition: number, pointer: number, epoch: number): void => {
    sent.push([epoch, partition, memory.u8[pointer]!])
  }
  const context = rows.around({
    stage: source,
    notifyAt: () => {},
    sendBy: (_, parcel, time) => seen(parcel.partition, parcel.rows.pointer, time[0]!),
  })
  const pointer = region.allocate(ROWS_BYTES)
  const send = (epoch: number, partition: number, byte: number): void => {
    memory.u8.fill(byte, pointer, pointer + ROWS_BYTES)
    context.sendBy(connector, { partition, rows: { pointer, length: ROWS_BYTES } }, [epoch])
  }
  const used = region.used
  const goOn = (from: number, kept: readonly KeptWorker[]) => {
    progress.restart(undefined)
    progress.initialise(stageLocation(source), timeOfEpoch(from), 1, 1)
    return rows.goOn(kept, {
      generation: 2,
      from,
      capabilities: [new Capability(progress, stageLocation(source), timeOfEpoch(from))],
      aheadBytes: 3 * ROWS_BYTES,
      leastEpoch: () => tracker.leastEpoch(),
      send: (by, parcel, time) => {
        expect(by).toBe(connector)
        expect(tracker.mayStillAppear(connectorLocation(graph, by), time)).toBe(true)
        seen(parcel.partition, parcel.rows.pointer, time[0]!)
      },
    })
  }
  const kept = (worker: number, wants: number): KeptWorker => {
    return { worker, sentFrom: 0, stages: [null, { open: wants, wants }] }
  }
  return { rows, send, sent, told, links, goOn, kept, progress, tracker, region, used }
}

describe('what is sent again', () => {
  it('is all from the checkpoint on, to who wants it, by epochs', () => {
    const { send, sent, goOn, kept, progress, tracker, region, used } = harness()
    for (const [epoch, partition, byte] of [
      [1, 1, 10],
      [2, 1, 11],
      [3, 2, 12],
      [2, 2, 13],
      [3, 1, 14],
      [3, 0, 15],
      [2, 0, 16],
    ] as const) {
      send(epoch, partition, byte)
    }
    expect(sent).toHaveLength(7)
    sent.length = 0
    const resend = goOn(2, [kept(0, 3), kept(2, 3)])
    while (resend.run()) progress.flush()
    expect(sent).toEqual([
      [2, 1, 11],
      [3, 0, 15],
      [3, 2, 12],
      [3, 1, 14],
    ])
    progress.flush()
    expect(tracker.outstanding).toBe(0)
    expect(region.used).toBe(used)
  })

  it('is not what is sent later: that goes its own way', () => {
    const { send, sent, goOn, kept } = harness()
    send(2, 1, 10)
    const resend = goOn(2, [kept(0, 2)])
    send(2, 1, 11)
    while (resend.run());
    expect(sent.map(([, , byte]) => byte)).toEqual([10, 11, 10])
    // It is kept all the same.
    const again = goOn(2, [kept(0, 2)])
    while (again.run());
    expect(sent.map(([, , byte]) => byte)).toEqual([10, 11, 10, 10, 11])
  })

  it('waits for others that are behind, and for links', () => {
    const { send, sent, goOn, links, progress, tracker } = harness()
    for (let epoch = 2; epoch < 9; epoch++) send(epoch, 1, epoch)
    sent.length = 0
    const resend = goOn(2, [])
    const behind = stageLocation(1)
    progress.initialise(behind, timeOfEpoch(2), 1, 1)
    const run = (): void => {
      while (resend.run()) progress.flush()
    }
    run()
    expect(sent.map(([epoch]) => epoch)).toEqual([2, 3, 4])
    progress.update(behind, timeOfEpoch(4), 1)
    progress.update(behind, timeOfEpoch(2), -1)
    progress.flush()
    links.congested = true
    run()
    expect([resend.isHeldByLinks, sent.length]).toEqual([true, 3])
    links.congested = false
    run()
    expect(sent.map(([epoch]) => epoch)).toEqual([2, 3, 4, 5, 6])
    expect(tracker.leastEpoch()).toBe(4)
  })
})

it('what a receiver has already is kept, and not sent', () => {
  const { rows, send, sent, goOn, kept } = harness()
  goOn(0, [kept(1, 5)])
  send(4, 1, 10)
  send(4, 2, 11)
  send(5, 1, 12)
  expect(sent.map(([, , byte]) => byte)).toEqual([11, 12])
  expect(rows.bytes).toBe(3 * PARCEL_BYTES)
})

it('what nobody will ask for is dropped: by a checkpoint, and at home when it is over', () => {
  const { rows, send } = harness()
  for (let epoch = 0; epoch < 4; epoch++) {
    send(epoch, 0, epoch)
    send(epoch, 1, epoch)
  }
  expect(rows.bytes).toBe(8 * PARCEL_BYTES)
  rows.step(3)
  expect(rows.bytes).toBe(5 * PARCEL_BYTES)
  rows.forget(2)
  expect([rows.bytes, rows.from]).toEqual([3 * PARCEL_BYTES, 2])
  rows.step(2)
  rows.forget(0)
  expect([rows.bytes, rows.from]).toEqual([3 * PARCEL_BYTES, 2])
})

it('beyond its capacity nothing is kept until the next checkpoint', () => {
  const { rows, send, sent, told } = harness(2 * PARCEL_BYTES)
  send(1, 1, 1)
  send(2, 1, 2)
  expect(rows.from).toBe(0)
  send(2, 2, 3)
  expect([rows.from, rows.bytes]).toEqual([undefined, 0])
  send(3, 1, 4)
  rows.captured(4)
  rows.captured(5)
  send(4, 1, 5)
  expect([rows.from, rows.bytes]).toEqual([4, PARCEL_BYTES])
  expect(told).toEqual(['buffering-failed', 'buffering-resumed'])
  expect(sent).toHaveLength(5)
})
