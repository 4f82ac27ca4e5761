import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../../columns/memory.ts'
import type { FaultPlan } from '../../../faults/fault.ts'
import { GRANT_CHANNEL } from '../../../ingest/block.ts'
import { CLASS_CONTROL, FRAME_HEADER_BYTES, KIND_PASSED, writeHeader } from '../../frame.ts'
import { FaultWords } from './fault-words.ts'
import { MomentWatch } from './moment-watch.ts'
import { placed } from './placed-fault.ts'
import { WatchedLinks } from './watched-links.ts'

const CLIENT = 2

/** Process 1 of a run, and what happens in it. */
function watching(plan: FaultPlan) {
  const words = new FaultWords(RunMemory.reserve(2 * PAGE_BYTES), PAGE_BYTES, plan.length)
  const happened: string[] = []
  const clock = { now: 100 }
  const watch = new MomentWatch(placed(plan), {
    process: 1,
    workers: CLIENT,
    words,
    standstill: {
      until: (instant, released) => {
        happened.push(`stands still until ${instant}, ${released?.() ? '' : 'not '}released`)
        return clock.now
      },
    },
    now: () => clock.now,
    begun: () => happened.push('begun'),
    pause: () => happened.push('pause'),
  })
  const history = watch.history({ append: (event) => happened.push(event) })
  const links = new WatchedLinks(
    {
      lossless: true,
      place: () => {},
      copyWith: () => {},
      trySend: (to) => {
        happened.push(`sent to ${to}`)
        return true
      },
      poll: () => {},
      wakeReceivers: () => {},
      ready: () => false,
    },
    watch,
  )
  return { words, happened, clock, watch, history, links }
}

/** What a receiver tells its client: its limit, no slots, and perhaps how far records of partition 3 are safe. */
function grant(links: WatchedLinks, ...safe: readonly number[]): void {
  const numbers = Float64Array.of(4096, 0, ...safe)
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  writeHeader(new DataView(header.buffer), 0, {
    length: numbers.byteLength,
    channel: GRANT_CHANNEL,
    class: CLASS_CONTROL,
    kind: KIND_PASSED,
    resent: false,
    acknowledgesResent: false,
    generation: 1,
    fromIncarnation: 1,
    toIncarnation: 1,
    sequence: 0,
    acknowledged: 0,
    from: 1,
    to: CLIENT,
  })
  links.trySend(CLIENT, CLASS_CONTROL, header, new Uint8Array(numbers.buffer), true)
}

const HELD = 'stands still until Infinity, not released'

test('who begins what a kill waits for stands still until it is carried out', () => {
  const { words, happened, history } = watching([
    { kind: 'kill', process: 0, at: { on: 'checkpoint', from: 50 } },
    { kind: 'kill', process: 1, at: { on: 'checkpoint', from: 100 } },
    { kind: 'kill', process: 0, at: { on: 'checkpoint', from: 101 } },
    { kind: 'kill', process: 0, at: { on: 'recovery', from: 0 } },
    { kind: 'kill', process: 0, at: 40 },
  ])
  history.append('batch-completed')
  history.append('checkpoint-durable')
  expect(happened).toEqual(['batch-completed', 'checkpoint-durable'])
  happened.length = 0
  history.append('checkpoint-began', { tick: 3 })
  // All are known before it waits for the first one.
  expect(happened).toEqual(['checkpoint-began', 'begun', HELD, HELD, 'pause'])
  expect([0, 1, 2, 3].map((fault) => words.beginsAt(fault))).toEqual([
    100,
    100,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ])
})

test('a moment begins a fault once', () => {
  const { happened, history } = watching([
    { kind: 'pause', process: 1, length: 5, at: { on: 'checkpoint', from: 0 } },
  ])
  history.append('checkpoint-began', { tick: 3 })
  history.append('checkpoint-began', { tick: 4 })
  expect(happened).toEqual(['checkpoint-began', 'begun', 'pause', 'checkpoint-began'])
})

test('before an acknowledgement nothing has left, after it the round has ended', () => {
  const { words, happened, watch, links } = watching([
    { kind: 'kill', process: 1, at: { on: 'before-acknowledgement', from: 0 } },
    { kind: 'kill', process: 1, at: { on: 'after-acknowledgement', from: 0 } },
    { kind: 'kill', process: 0, at: { on: 'before-acknowledgement', from: 0 } },
    { kind: 'kill', process: CLIENT, at: { on: 'after-acknowledgement', from: 0 } },
  ])
  grant(links)
  expect(happened).toEqual(['sent to 2'])
  happened.length = 0
  grant(links, 3, 70)
  expect(happened).toEqual(['begun', HELD, 'pause', 'sent to 2'])
  happened.length = 0
  watch.roundEnded()
  expect(happened).toEqual(['begun', HELD, HELD, 'pause'])
  watch.roundEnded()
  expect(happened.length).toBe(4)
  // Another receiver's own.
  expect(words.beginsAt(2)).toBe(Number.POSITIVE_INFINITY)
})

test('links that are watched are what they were', () => {
  const { links } = watching([])
  expect([links.lossless, typeof links.place]).toEqual([true, 'function'])
})
