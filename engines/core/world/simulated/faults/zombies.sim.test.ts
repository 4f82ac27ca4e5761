/**
 * What who is over still does, on scripted processes: a process that was paused for so long that another took its place ends the round
 * that it was in, and what it does reaches the world; of the killed, storage may have been asked before.
 */
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../faults/fault.ts'
import { milliseconds } from '../../../units.ts'
import type { World } from '../../world.ts'
import { DISK } from '../disk.ts'
import { type Act, countIn, play, told } from './scripted.fixture.ts'

const FROM = milliseconds(200)
const FENCED = milliseconds(300)
const TO = milliseconds(600)

const pause: Fault = { kind: 'pause', process: 1, at: FROM, length: TO - FROM }

/** An act that is done once by a life of a process, at the first step from an instant on. */
function once(process: number, incarnation: number, at: number, act: (world: World) => void): Act {
  let isDone = false
  return (world, now) => {
    if (isDone || world.process !== process || world.incarnation !== incarnation) return
    if (now < milliseconds(at)) return
    isDone = true
    act(world)
  }
}

const all =
  (...acts: readonly Act[]): Act =>
  (world, now) => {
    for (const act of acts) act(world, now)
  }

/** Process 0 asks for another life of process 1. */
const replacing = (): Act =>
  once(0, 1, 300, ({ authority }) => {
    const { generation, ...current } = authority.current()
    const members = current.members.map((member) =>
      member.process === 1 ? { ...member, incarnation: 2 } : member,
    )
    authority.propose(generation, { ...current, members })
  })

const outcomesOf = (record: ReturnType<typeof play>, process: number, incarnation = 1) =>
  told(record, 'stored', process, incarnation).map(
    ({ fields }) => `${fields.outcome} ${fields.bytes}`,
  )

/** Seeds by which a pause begins just before what has come is read, and in the midst of a step. */
const BEFORE_READING = { seed: 5 }
const IN_STEP = { seed: 1 }

describe('a zombie', () => {
  const options = { startDelay: milliseconds(20) }

  it('reads what had come until it was fenced, and nothing of what came for the next life', () => {
    const record = play({ faults: [pause], act: replacing(), options, config: BEFORE_READING })
    const heard = told(record, 'heard', 1, 1)
    expect(countIn(heard, FROM, TO)).toBe(0)
    const late = heard.filter(({ at }) => at >= TO).map(({ fields }) => Number(fields.number))
    // A beat each 10 ms.
    const beats = (FENCED - FROM) / milliseconds(10)
    expect(late.length).toBeGreaterThanOrEqual(beats - 1)
    expect(late.length).toBeLessThanOrEqual(beats + 2)
    expect(told(record, 'heard', 1, 2).length).toBeGreaterThan(30)
    expect(record.outcome).toBe('completed')
  })

  it('is told what storage had done for it meanwhile', () => {
    const write = once(1, 1, 190, ({ storage }) => storage.write('own', new Uint8Array(80)))
    const disk = { ...DISK, latency: milliseconds(50) }
    const record = play({
      faults: [pause],
      act: all(write, replacing()),
      options: { ...options, disk },
      config: BEFORE_READING,
    })
    expect(told(record, 'stored', 1, 1).map(({ at }) => at)).toEqual([TO])
    expect(outcomesOf(record, 1)).toEqual(['done 0'])
  })

  it('writes and removes in storage as long as nothing refuses it, and its messages are refused', () => {
    const before = once(0, 1, 100, ({ storage }) => storage.write('old', new Uint8Array(40)))
    const last = once(1, 1, 600, ({ storage }) => {
      storage.write('new', new Uint8Array(80))
      storage.remove('old')
    })
    const after = once(0, 1, 700, ({ storage }) => {
      storage.read('new')
      storage.read('old')
    })
    const record = play({
      faults: [pause],
      act: all(before, replacing(), last, after),
      options,
      config: IN_STEP,
    })
    expect(outcomesOf(record, 0)).toEqual(['done 0', 'missing 0', 'done 80'])
    // It is over by then.
    expect(outcomesOf(record, 1)).toEqual([])
    expect(record.processes[0]!.counters.staleMessages).toBeGreaterThan(0)
    const numbers = told(record, 'heard', 0).map(({ at, fields }) => [at, fields.number] as const)
    // The next life counts from 0.
    const fresh = numbers.filter(([at]) => at > TO).map(([, number]) => Number(number))
    expect(Math.max(...fresh)).toBeLessThan(80)
    expect(record.outcome).toBe('completed')
  })
})

describe('who is killed', () => {
  it('had handed its last write over, or not: that is drawn', () => {
    const kill: Fault = { kind: 'kill', process: 0, at: milliseconds(301) }
    const found = Array.from({ length: 12 }, (_, seed) => {
      const write = once(0, 1, 300, ({ storage }) => storage.write('last', new Uint8Array(80)))
      const read = once(1, 1, 400, ({ storage }) => storage.read('last'))
      const record = play({ faults: [kill], act: all(write, read), config: { seed } })
      return outcomesOf(record, 1)
    })
    expect(new Set(found.flat())).toEqual(new Set(['done 80', 'missing 0']))
  })
})
