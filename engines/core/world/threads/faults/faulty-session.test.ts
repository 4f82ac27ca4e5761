/**
 * The session layer over faulty links: what was sent arrives once and in order, whatever the plan does to frames, and whether one
 * side's links are faulty or both. Bytes that are to land lie where they were wanted.
 */
import { expect, test } from 'vitest'
import { Region } from '../../../columns/memory.ts'
import type { FaultPlan, Link } from '../../../faults/fault.ts'
import type { Authority } from '../../../membership/membership.ts'
import { SessionLayer } from '../../session-layer.ts'
import { SESSION_LIMITS } from '../../session-limits.ts'
import type { Inbound, TransportClass } from '../../world.ts'
import { faultyLinks } from './faulty-pair.fixture.ts'

const MS = 1_000_000
const MESSAGES = 600
const CLASSES = ['control', 'data'] as const satisfies readonly TransportClass[]

const authority: Authority = {
  generation: () => 1,
  current: () => ({
    generation: 1,
    term: 1,
    members: [0, 1, 2].map((process) => ({ process, incarnation: 1, state: 'live' })),
    placement: [0, 1, 0, 1],
  }),
  propose: () => undefined,
}

function planOn(links: readonly Link[]): FaultPlan {
  const on = { at: 0, length: 2_000 * MS, links } as const
  return [
    { kind: 'drop', ...on, by: 0, share: 0.05 },
    { kind: 'duplicate', ...on, by: 0, share: 0.1 },
    { kind: 'delay', ...on, by: 3 * MS, share: 0.1 },
    { kind: 'reorder', ...on, by: 5 * MS, share: 0.05 },
    { kind: 'split', at: 300 * MS, length: 250 * MS, links },
  ]
}

/** Processes 0 and 1, each with a session, and what they have got. */
function pairOver(plan: FaultPlan, ringBytes: number) {
  const { memory, layout, words, clock, linksOfProcess } = faultyLinks(plan, ringBytes)
  const counters: Record<string, number> = {}
  /** Where messages are to land, by sender, class and number. */
  const landings = new Map<string, number>()
  const ends = [0, 1].map((process) => {
    const region = new Region(memory, layout.processes[process]!.region)
    const links = linksOfProcess(process)
    const session = new SessionLayer({
      process,
      incarnation: 1,
      region,
      authority,
      link: links,
      now: () => clock.now,
      count: (counter, by) => {
        counters[counter] = (counters[counter] ?? 0) + by
      },
    })
    const received: Record<TransportClass, string[]> = { control: [], data: [] }
    const deliver = (inbound: Inbound): void => {
      if (inbound.kind !== 'message') return
      const { pointer, length } = inbound.payload
      const text = Buffer.from(memory.bytes(pointer, length)).toString()
      const landing = landings.get(`${inbound.from} ${inbound.channel} ${text.split(' ')[1]}`)
      if (landing !== undefined) expect(pointer).toBe(landing)
      received[CLASSES[inbound.channel]!].push(text)
    }
    /** A round of the process's loop, in which it sends something. Returns when it wants the next one. */
    const round = (send: () => void): number => {
      links.poll((frame) => session.accept(frame, deliver))
      send()
      const next = session.flush(clock.now)
      links.wakeReceivers()
      return next
    }
    return { region, session, received, round, sent: 0 }
  })
  return { words, clock, counters, landings, ends }
}

test.each([
  ['one way', [{ from: 0, to: 1 }]],
  ['the way back', [{ from: 1, to: 0 }]],
  [
    'both ways',
    [
      { from: 0, to: 1 },
      { from: 1, to: 0 },
    ],
  ],
] as const)('once and in order, %s', (_, on) => {
  const plan = planOn(on)
  const { words, clock, counters, landings, ends } = pairOver(plan, 4096)
  const textOf = (number: number): string => `message ${number} ${'·'.repeat(number % 90)}`

  /** Each sends a message of each class; every tenth lands in the receiver's region. */
  const send = (from: 0 | 1): void => {
    const end = ends[from]!
    const number = end.sent++
    const bytes = Buffer.from(textOf(number))
    for (const [channel, itsClass] of CLASSES.entries()) {
      const { region } = ends[1 - from]!
      const landing = number % 10 === 0 ? region.allocate(bytes.length) : undefined
      if (landing !== undefined) landings.set(`${from} ${channel} ${number}`, landing)
      end.session.send({
        to: 1 - from,
        class: itsClass,
        channel,
        generation: 1,
        payload: bytes.subarray(0, 9),
        tail: bytes.subarray(9),
        ...(landing === undefined ? {} : { landing }),
      })
    }
  }

  const isDone = (): boolean =>
    ends.every(({ received }) => CLASSES.every((its) => received[its].length >= MESSAGES))
  for (let rounds = 0; !isDone(); rounds++) {
    expect(rounds).toBeLessThan(100_000)
    let next = clock.now + 10 * MS
    for (const from of [0, 1] as const) {
      const { session, round, sent } = ends[from]!
      const wanted = round(() => {
        if (sent < MESSAGES && !session.congested()) send(from)
      })
      next = Math.min(next, Math.max(wanted, clock.now + MS))
    }
    clock.now = next
  }
  const all = Array.from({ length: MESSAGES }, (_, number) => textOf(number))
  for (const { received } of ends) expect(received).toEqual({ control: all, data: all })
  for (const place of plan.keys()) expect(words.hits(place)).toBeGreaterThan(0)
  expect(counters.retransmissions).toBeGreaterThan(0)
})

test('who hands messages to a link that loses nothing still tells of a gap on the way to it', () => {
  const split = { kind: 'split', at: 0, length: MS, links: [{ from: 0, to: 1 }] } as const
  const { clock, ends } = pairOver([split], 4096)
  const say = (from: 0 | 1, text: string): void => {
    const payload = Buffer.from(text)
    ends[from]!.session.send({ to: 1 - from, class: 'control', channel: 0, generation: 1, payload })
  }
  for (const text of ['lost', 'next', 'last']) {
    ends[0]!.round(() => say(0, text))
    ends[1]!.round(() => say(1, text))
    clock.now += MS
  }
  expect(clock.now).toBeLessThan(SESSION_LIMITS.retransmitAfter)
  expect(ends[1]!.received.control).toEqual(['lost', 'next', 'last'])
  expect(ends[0]!.received.control).toEqual(['lost', 'next'])
})
