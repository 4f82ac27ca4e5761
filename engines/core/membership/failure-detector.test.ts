/** The failure detector by itself: who is suspected when, and that a process holds its own absence against nobody. */
import { expect, test } from 'vitest'
import { milliseconds, type Nanos } from '../units.ts'
import type { World } from '../world/world.ts'
import { FailureDetector } from './failure-detector.ts'
import type { Membership } from './membership.ts'

const HEARTBEAT = milliseconds(10)
const TIMEOUT = milliseconds(50)

/** A detector of process 0 that knows of 1 and 2. */
function detector() {
  const sent: number[] = []
  const counters: Record<string, number> = {}
  const world = {
    process: 0,
    now: () => 0,
    authority: { generation: () => 1 },
    transport: { send: ({ to }: { to: number }) => sent.push(to) },
    count: (counter: string, by: number) => {
      counters[counter] = (counters[counter] ?? 0) + by
    },
  } as unknown as World
  const of = new FailureDetector(world, { heartbeat: HEARTBEAT, timeout: TIMEOUT })
  of.adopt(membership([1, 1, 1]), [0, 1, 2], 0)
  return { of, sent, counters }
}

/** Of processes 0, 1, …, all live, by their incarnations. */
function membership(incarnations: readonly number[]): Membership {
  const members = incarnations.map(
    (incarnation, process) => ({ process, incarnation, state: 'live' }) as const,
  )
  return { generation: 1, term: 1, members, placement: [] }
}

/** Steps at each heartbeat up to an instant. Returns who was suspected, with the instant in ms. */
function listen(of: FailureDetector, from: Nanos, to: Nanos): string[] {
  const suspicions: string[] = []
  for (let now = from; now <= to; now += HEARTBEAT) {
    for (const peer of of.step(now).suspected) suspicions.push(`${peer} at ${now / 1e6}`)
  }
  return suspicions
}

test('silence beyond the timeout is suspected, once', () => {
  const { of, sent } = detector()
  of.heard(1, 0)
  of.heard(2, 0)
  expect(of.step(0).suspected).toEqual([])
  expect(sent).toEqual([1, 2])
  expect(listen(of, milliseconds(10), milliseconds(30))).toEqual([])
  of.heard(2, milliseconds(30))
  expect(listen(of, milliseconds(40), milliseconds(200))).toEqual(['1 at 60', '2 at 90'])
})

test('a heartbeat is answered unless it comes from a peer, who hears of this process anyway', () => {
  const { of, sent } = detector()
  of.answer(1)
  expect(sent).toEqual([])
  of.answer(3)
  expect(sent).toEqual([3])
})

test('who was heard is told from who is still to begin', () => {
  const { of } = detector()
  of.heard(1, 0)
  expect([1, 2, 3].map((process) => of.hasHeard(process))).toEqual([true, false, undefined])
  of.adopt(membership([1, 2, 1]), [0, 1, 2], milliseconds(25))
  expect(of.hasHeard(1)).toBe(false)
})

test('one that was never heard has ten times as long', () => {
  const { of } = detector()
  of.heard(1, 0)
  expect(listen(of, 0, milliseconds(600))).toEqual(['1 at 60', '2 at 510'])
})

test('a new membership gives more time to the new lives in it, and to nobody else', () => {
  const { of } = detector()
  of.heard(1, 0)
  of.heard(2, 0)
  listen(of, 0, milliseconds(20))
  of.adopt(membership([1, 2, 1]), [0, 1, 2], milliseconds(25))
  expect(listen(of, milliseconds(25), milliseconds(700))).toEqual(['2 at 55', '1 at 535'])
})

test('who stays silent is suspected again in the next membership that has it', () => {
  const { of } = detector()
  of.heard(1, 0)
  expect(listen(of, 0, milliseconds(60))).toEqual(['1 at 60'])
  of.adopt(membership([1, 1, 2]), [0, 1, 2], milliseconds(65))
  expect(listen(of, milliseconds(65), milliseconds(75))).toEqual(['1 at 65'])
  of.adopt(membership([1, 1, 2]), [0, 2], milliseconds(80))
  expect(listen(of, milliseconds(80), milliseconds(200))).toEqual([])
})

test('who adopts a membership in a long step holds that against nobody', () => {
  const { of } = detector()
  of.heard(1, 0)
  of.heard(2, 0)
  listen(of, 0, milliseconds(20))
  // Away from 30 ms on, and not through with the step.
  of.adopt(membership([1, 1, 1]), [0, 1, 2], milliseconds(330))
  expect(of.step(milliseconds(340)).suspected).toEqual([])
  expect(listen(of, milliseconds(350), milliseconds(420))).toEqual(['1 at 370', '2 at 370'])
})

test('who comes back from a long step suspects nobody before reading what arrived', () => {
  const { of } = detector()
  of.heard(1, 0)
  of.heard(2, 0)
  listen(of, 0, milliseconds(20))
  // Away from 30 to 330 ms: the silence before and after it counts, not what lies between.
  expect(of.step(milliseconds(330)).suspected).toEqual([])
  of.heard(2, milliseconds(331))
  expect(listen(of, milliseconds(340), milliseconds(420))).toEqual(['1 at 360', '2 at 390'])
})

test('a suspicion says how long the peer was silent, and how much of that nobody listened', () => {
  const { of, counters } = detector()
  of.heard(1, 0)
  of.heard(2, 0)
  listen(of, 0, milliseconds(20))
  expect(of.step(milliseconds(330)).suspected).toEqual([])
  const at = milliseconds(360)
  expect(listen(of, milliseconds(340), at)).toContain('1 at 360')
  // Silent since 0, and away from 30, when it wanted to be called again, to 330.
  expect(of.silenceOf(1, at)).toEqual({ gapNs: at, awayNs: milliseconds(300) })
  of.heard(2, at)
  expect(of.silenceOf(2, at)).toEqual({ gapNs: 0, awayNs: 0 })
  expect(counters).toEqual({ heartbeatAwayNsMax: milliseconds(300), heartbeatGapNsMax: at })
})
