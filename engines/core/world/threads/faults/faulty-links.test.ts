import { expect, test } from 'vitest'
import type { FaultPlan } from '../../../faults/fault.ts'
import { CLASS_CONTROL, CLASS_DATA, FRAME_HEADER_BYTES } from '../../frame.ts'
import { FaultyLinks } from './faulty-links.ts'
import { faultyLinks } from './faulty-pair.fixture.ts'

const HEADER = new Uint8Array(FRAME_HEADER_BYTES)

/** From 10 to 20, on the link from process 0 to process 1. */
const ON = { at: 10, length: 10, links: [{ from: 0, to: 1 }] } as const

function pairWith(plan: FaultPlan) {
  const { memory, words, clock, linksOfProcess } = faultyLinks(plan)
  const sender = linksOfProcess(0)
  if (!(sender instanceof FaultyLinks)) throw new Error('the plan has no fault of its links')
  const receivers = [1, 2].map(linksOfProcess)
  /** Sends a frame of so many bytes that begins with a number. */
  const send = (
    mark: number,
    { now = clock.now, to = 1, bytes = 8, data = true } = {},
  ): boolean => {
    clock.now = now
    const payload = new Uint8Array(bytes)
    payload[0] = mark
    return sender.trySend(to, data ? CLASS_DATA : CLASS_CONTROL, HEADER, payload, true)
  }
  /** What has arrived by an instant. */
  const arrived = (now = clock.now, at = 1): number[] => {
    clock.now = now
    sender.wakeReceivers()
    const seen: number[] = []
    receivers[at - 1]!.poll((frame) => seen.push(memory.u8[frame + FRAME_HEADER_BYTES]!) > 0)
    return seen
  }
  return { words, sender, send, arrived }
}

test.each([
  ['drop', { kind: 'drop', ...ON, by: 0, share: 1 }],
  ['split', { kind: 'split', ...ON }],
] as const)('%s: nothing passes this link while it is on', (_, fault) => {
  const { words, send, arrived } = pairWith([fault])
  const taken = [
    send(1, { now: 9 }),
    send(2, { now: 10 }),
    send(3, { now: 10, to: 2 }),
    send(4, { now: 19, data: false }),
    send(5, { now: 20 }),
  ]
  expect(taken).toEqual([true, true, true, true, true])
  expect([arrived(20, 1), arrived(20, 2)]).toEqual([[1, 5], [3]])
  expect(words.hits(0)).toBe(2)
})

test('duplicate: twice, after each other', () => {
  const { words, send, arrived } = pairWith([{ kind: 'duplicate', ...ON, by: 0, share: 1 }])
  send(1, { now: 9 })
  send(2, { now: 10 })
  send(3, { now: 20 })
  expect(arrived()).toEqual([1, 2, 2, 3])
  expect(words.hits(0)).toBe(1)
})

test('delay: what comes after keeps its place, in its class', () => {
  const { words, sender, send, arrived } = pairWith([{ kind: 'delay', ...ON, by: 100, share: 1 }])
  send(1, { now: 19 })
  send(2, { now: 20 })
  send(3, { now: 20, data: false })
  expect(sender.next).toBe(119)
  expect([arrived(20), arrived(118), arrived(119)]).toEqual([[3], [], [1, 2]])
  expect(sender.next).toBe(Number.POSITIVE_INFINITY)
  send(4)
  expect(arrived()).toEqual([4])
  expect(words.hits(0)).toBe(1)
})

test('reorder: what comes after overtakes it', () => {
  const { words, send, arrived } = pairWith([{ kind: 'reorder', ...ON, by: 100, share: 1 }])
  send(1, { now: 19 })
  send(2, { now: 20 })
  expect([arrived(20), arrived(118), arrived(119)]).toEqual([[2], [], [1]])
  expect(words.hits(0)).toBe(1)
})

test('each frame is drawn by itself, and each fault of a link', () => {
  const { words, send, arrived } = pairWith([
    { kind: 'drop', ...ON, by: 0, share: 0.5 },
    { kind: 'duplicate', ...ON, by: 0, share: 0.5 },
  ])
  let frames = 0
  for (let sent = 0; sent < 1_000; sent++) {
    send(1, { now: 10 })
    frames += arrived().length
  }
  const [dropped, doubled] = [words.hits(0), words.hits(1)]
  for (const hits of [dropped, 2 * doubled]) {
    expect(hits).toBeGreaterThan(400)
    expect(hits).toBeLessThan(600)
  }
  expect(frames).toBe(1_000 - dropped + doubled)
})

test('a frame that finds no room is held, and so is what comes after it; a full link refuses', () => {
  const { words, sender, send, arrived } = pairWith([{ kind: 'duplicate', ...ON, by: 0, share: 1 }])
  // Two of these fill the ring.
  for (const mark of [1, 2, 3, 4]) expect(send(mark, { now: 30, bytes: 400 })).toBe(true)
  expect([arrived(31), arrived(32), arrived(33)]).toEqual([[1, 2], [3, 4], []])
  expect(words.hits(0)).toBe(0)
  let held = 0
  while (send(5, { bytes: 400 })) held += 1
  expect(held * 400).toBeGreaterThan(3 * 1024 * 1024)
  expect(held * 400).toBeLessThan(5 * 1024 * 1024)
  expect(sender.next).toBeLessThan(Number.POSITIVE_INFINITY)
})

test('it is no link on which bytes can be put into another region, nor one that loses nothing', () => {
  const { sender } = pairWith([{ kind: 'split', ...ON }])
  expect(['place' in sender, 'lossless' in sender]).toEqual([false, false])
})
