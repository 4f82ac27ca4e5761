/** The phases of a recovery, from canned commits and history: when each is reached, and that none is made up. */
import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { phasesOfBurst, phasesOfResize } from './change-phases.ts'
import { completedTicks } from './completed-ticks.ts'
import { type PhasesOptions, phasesOf, STAYS } from './recovery-phases.ts'

const TICK = milliseconds(100)
const FAULT = seconds(5)
const KILL = { kind: 'kill', process: 1, at: FAULT } as const

function event(at: Nanos, name: string, fields: HistoryEvent['fields']): HistoryEvent {
  return { at, process: -1, incarnation: 0, event: name, fields }
}

/**
 * 15 s of ticks of 100 ms, a record a ms. No tick that ends after the fault becomes visible before `resumed`; then one each
 * 20 ms until the backlog is gone. `late`: ticks, by number, that take so much longer by themselves.
 */
function optionsOf(
  resumed: Nanos,
  more: Partial<PhasesOptions> = {},
  late: ReadonlyMap<number, Nanos> = new Map(),
) {
  const commits: VisibleCommit[] = []
  let free = 0
  for (let index = 1; index <= 150; index++) {
    const tick = index * TICK
    const soonest = tick + milliseconds(5) + (late.get(index) ?? 0)
    const isHeld = tick > FAULT && soonest < resumed
    const visibleAt = Math.max(isHeld ? resumed : soonest, free)
    free = visibleAt + milliseconds(20)
    const generation = visibleAt >= resumed ? 2 : 1
    const place = { generation, output: 0, partition: 0, tick }
    commits.push({ ...place, rows: 1, lane0: 0, lane1: 0, visibleAt })
  }
  return {
    faults: [KILL],
    history: [
      event(FAULT, 'fault-kill', { fault: 0, process: 1, incarnation: 1, witnessed: true }),
      event(FAULT + seconds(1), 'worker-suspected', { worker: 1 }),
      event(FAULT + seconds(1) + 1, 'generation-issued', { generation: 2 }),
    ],
    commits,
    completed: completedTicks(commits, 0, 1),
    dueBefore: (instant: Nanos) => Math.floor(instant / 1e6),
    tickEnd: (tick: number) => tick * TICK,
    start: seconds(1),
    end: seconds(15),
    outcome: 'completed' as const,
    ...more,
  }
}

describe('the phases of a recovery', () => {
  it('are what commits and history say', () => {
    const resumed = FAULT + milliseconds(1_500)
    const [phases] = phasesOf(optionsOf(resumed))
    expect(phases).toMatchObject({
      witnessedAt: FAULT,
      detectedAt: FAULT + seconds(1),
      processingAt: resumed,
      latencyMax: resumed - FAULT,
    })
    // 14 ticks wait, and one more comes for each four that are worked off, 20 ms each.
    const back = phases!.latencyBackAt! - resumed
    expect(back).toBeGreaterThan(milliseconds(300))
    expect(back).toBeLessThan(milliseconds(450))
    expect(phases!.backlogBackAt).toBe(phases!.latencyBackAt)
  })

  it('say when latencies are within a bound again, whatever they were before', () => {
    const resumed = FAULT + milliseconds(1_500)
    const of = (bound: Nanos) => phasesOf(optionsOf(resumed, { bound }))[0]!
    const phases = of(seconds(1))
    expect(phases.boundBackAt).toBeGreaterThan(resumed + milliseconds(100))
    expect(phases.boundBackAt).toBeLessThan(resumed + milliseconds(250))
    expect(phases.boundBackAt).toBeLessThan(phases.latencyBackAt!)
    expect(of(seconds(2)).boundBackAt).toBe(FAULT)
    const { boundBackAt, ...rest } = phases
    expect(phasesOf(optionsOf(resumed))[0]).toEqual(rest)
    const late = phasesOf(optionsOf(seconds(14), { bound: seconds(1) }))[0]!
    expect(late).not.toHaveProperty('boundBackAt')
    expect(late.boundBackAfter).toBeGreaterThanOrEqual(seconds(15))
    const failed = phasesOf(optionsOf(seconds(14), { bound: seconds(1), outcome: 'failed' }))[0]!
    expect(failed).not.toHaveProperty('boundBackAfter')
  })

  it('never left is back at the fault', () => {
    const [phases] = phasesOf(optionsOf(FAULT))
    expect(phases).toMatchObject({ backlogBackAt: FAULT, latencyBackAt: FAULT })
  })

  it('what is within the band before it leaves it is not back', () => {
    const options = optionsOf(FAULT + seconds(2))
    // The tick that ended with the fault is seen after it, in time.
    expect(options.completed[49]).toEqual({ tick: FAULT, visibleAt: FAULT + milliseconds(5) })
    expect(phasesOf(options)[0]!.latencyBackAt).toBeGreaterThan(FAULT + seconds(2))
  })

  it('a stall puts it off while it must stay, and no longer', () => {
    const resumed = FAULT + seconds(1)
    const [plain] = phasesOf(optionsOf(resumed))
    // At 7 s, within the time that it must stay; at 13 s, long after.
    const soon = phasesOf(optionsOf(resumed, {}, new Map([[70, milliseconds(50)]])))[0]!
    const much = phasesOf(optionsOf(resumed, {}, new Map([[130, milliseconds(50)]])))[0]!
    // From 8 s on nothing comes for 3 s: what comes next has not stayed either, though it has come late.
    const silent = phasesOf(optionsOf(resumed, {}, new Map([[80, seconds(3)]])))[0]!
    expect(soon.latencyBackAt).toBeGreaterThan(seconds(7))
    expect(much).toEqual(plain)
    expect(silent.latencyBackAt).toBeGreaterThan(seconds(11))
  })

  it('is not back where the end comes before it was seen to stay', () => {
    const [phases] = phasesOf(optionsOf(seconds(14)))
    expect(phases).toMatchObject({ processingAt: seconds(14) })
    expect(phases).not.toHaveProperty('latencyBackAt')
    // Nor before the last tick that was seen.
    expect(phases!.latencyBackAfter).toBeGreaterThanOrEqual(seconds(15))
  })

  it('of one that was inside for less than it must stay: it may have been back since then, and no sooner', () => {
    const [back] = phasesOf(optionsOf(seconds(8)))
    const at = back!.latencyBackAt!
    expect(back).not.toHaveProperty('latencyBackAfter')
    // The input ends, and all of it is seen.
    const end = at + STAYS - TICK
    const stopped = optionsOf(seconds(8))
    const completed = stopped.completed.filter(({ visibleAt }) => visibleAt <= end)
    const [short] = phasesOf({ ...stopped, completed, end })
    expect(short).not.toHaveProperty('latencyBackAt')
    expect(short!.latencyBackAfter).toBe(at)
    // It goes on, and nothing comes any more.
    const [silent] = phasesOf({ ...stopped, completed })
    expect(silent).not.toHaveProperty('latencyBackAt')
    expect(silent!.latencyBackAfter).toBe(seconds(15))
  })

  it('of a run in which nothing came any more, not before its end', () => {
    const stopped = optionsOf(seconds(20))
    const completed = stopped.completed.filter(({ visibleAt }) => visibleAt < FAULT)
    expect(phasesOf({ ...stopped, completed })[0]).toEqual(
      expect.objectContaining({ latencyBackAfter: seconds(15) }),
    )
  })

  it('of a run that failed there is no bound: nobody saw the rest', () => {
    const [phases] = phasesOf(optionsOf(seconds(14), { outcome: 'failed' }))
    expect(phases).toMatchObject({ witnessedAt: FAULT, processingAt: seconds(14) })
    expect(phases).not.toHaveProperty('latencyBackAt')
    expect(phases).not.toHaveProperty('latencyBackAfter')
    // What was seen was seen.
    const [back] = phasesOf(optionsOf(seconds(6), { outcome: 'failed' }))
    expect(back).toHaveProperty('latencyBackAt')
  })

  describe('before the next fault', () => {
    const phasesBetween = (at: Nanos, next: Nanos, late?: ReadonlyMap<number, Nanos>) => {
      const faults = [
        { kind: 'kill', process: 1, at },
        { kind: 'kill', process: 0, at: next },
      ] as const
      const history = faults.map((fault, place) =>
        event(fault.at, 'fault-kill', { fault: place, process: fault.process, witnessed: true }),
      )
      return phasesOf({ ...optionsOf(seconds(7), {}, late), faults, history })[0]!
    }

    // A tick is seen 5 ms after the one, and none after the other; the next one has until 115.5 ms.
    it.each([FAULT, FAULT + milliseconds(10)])('no tick was late yet: nothing is known', (at) => {
      const phases = phasesBetween(at, FAULT + milliseconds(110))
      expect(phases.witnessedAt).toBe(at)
      for (const name of ['backlogBackAt', 'latencyBackAt', 'latencyBackAfter']) {
        expect(phases).not.toHaveProperty(name)
      }
    })

    it.each([FAULT, FAULT + milliseconds(10)])('a tick was late: not back before it', (at) => {
      for (const next of [FAULT + milliseconds(120), FAULT + seconds(1)]) {
        const phases = phasesBetween(at, next)
        expect(phases).not.toHaveProperty('latencyBackAt')
        expect(phases.latencyBackAfter).toBe(next)
      }
    })

    it('a tick was late before it had stayed: not back before it', () => {
      const phases = phasesBetween(FAULT, seconds(12), new Map([[80, seconds(5)]]))
      expect(phases).not.toHaveProperty('latencyBackAt')
      expect(phases.latencyBackAfter).toBe(seconds(12))
      expect(phasesBetween(FAULT, seconds(12)).latencyBackAt).toBeLessThan(seconds(8))
    })
  })

  it('restore a state of an instant, which the history tells', () => {
    const restoring = (more: readonly HistoryEvent[], suspected = 'worker') => {
      const { history, ...rest } = optionsOf(FAULT + seconds(2))
      const found = history.map((each) =>
        each.event === 'worker-suspected'
          ? event(each.at, `${suspected}-suspected`, { [suspected]: 1 })
          : each,
      )
      return phasesOf({ ...rest, history: [...found, ...more] })[0]!.restoredTick
    }
    const at = FAULT + seconds(1.1)
    const rollback = event(at, 'rollback-ended', { generation: 2, tick: seconds(3) })
    const plan = event(at, 'recovery-planned', { tasks: 8, batches: 1, horizon: 40 })
    expect(restoring([rollback])).toBe(seconds(3))
    expect(restoring([plan])).toBe(seconds(4))
    expect(restoring([])).toBeUndefined()
    // One before the fault restored nothing for it.
    expect(restoring([{ ...rollback, at: FAULT - 1 }])).toBeUndefined()
    // Workers keep what they have when the driver is lost.
    expect(restoring([plan], 'driver')).toBeUndefined()
  })

  it('of a fault without a witness there are none', () => {
    const { history, ...rest } = optionsOf(FAULT + seconds(1))
    const nobody = history.map((each) =>
      each.event === 'fault-kill'
        ? { ...each, fields: { fault: 0, process: 1, witnessed: false } }
        : each,
    )
    expect(phasesOf({ ...rest, history: nobody })).toEqual([{}])
    expect(phasesOf({ ...rest, history: [] })).toEqual([{}])
  })

  it('of a kill that found nobody there are none, even if a later one does', () => {
    const again = { kind: 'kill', process: 1, at: seconds(10) } as const
    const options = optionsOf(FAULT + seconds(1), { faults: [KILL, again] })
    const fields = { fault: 1, process: 1, incarnation: 2, witnessed: true }
    const history = [event(seconds(10), 'fault-kill', fields)]
    const [first, next] = phasesOf({ ...options, history })
    expect(first).toEqual({})
    expect(next).toMatchObject({ witnessedAt: seconds(10), latencyBackAt: seconds(10) })
  })

  it('ends where the next fault begins, and the band is that before the first', () => {
    const second = { kind: 'kill', process: 0, at: seconds(10) } as const
    const options = optionsOf(FAULT + seconds(1), { faults: [KILL, second] })
    const history = [
      ...options.history,
      event(seconds(10), 'fault-kill', { fault: 1, process: 0, witnessed: true }),
    ]
    const [first, next] = phasesOf({ ...options, history })
    expect(first!.latencyBackAt).toBeLessThan(seconds(10))
    // Of a generation after the second fault there is no commit.
    expect(next).toMatchObject({ witnessedAt: seconds(10), latencyBackAt: seconds(10) })
    expect(next).not.toHaveProperty('processingAt')
    expect(next).not.toHaveProperty('detectedAt')
  })
})

it('of a burst: what it pushes out of its band, from its beginning on', () => {
  const { completed, dueBefore, start, end, outcome } = optionsOf(FAULT + seconds(2))
  const phases = phasesOfBurst(FAULT, { completed, dueBefore, start, end, outcome })
  expect(phases).toMatchObject({ witnessedAt: FAULT, latencyMax: seconds(2) })
  expect(phases.latencyBackAt).toBeGreaterThan(FAULT + seconds(2))
  expect(phases).not.toHaveProperty('detectedAt')
})

it('of a step of a resize: from when somebody joined or left, up to the next one', () => {
  const { faults: _, tickEnd: __, ...options } = optionsOf(FAULT + seconds(1))
  const resize = {
    from: 1,
    steps: [
      { at: FAULT - milliseconds(300), workers: 2 },
      { at: seconds(10), workers: 1 },
      { at: seconds(14), workers: 2 },
    ],
  }
  const history = [
    event(FAULT, 'generation-issued', { generation: 2 }),
    event(FAULT, 'worker-joined', { process: 1 }),
    event(seconds(10.5), 'generation-issued', { generation: 3 }),
    event(seconds(10.5), 'worker-left', { process: 1 }),
  ]
  const [joined, left, never] = phasesOfResize({ resize, workers: 2 }, { ...options, history })
  expect(joined).toMatchObject({ witnessedAt: FAULT, processingAt: FAULT + seconds(1) })
  expect(joined!.latencyBackAt).toBeGreaterThan(FAULT + seconds(1))
  expect(joined!.latencyBackAt).toBeLessThan(seconds(10))
  // It never left its band, and of its generation there is no commit.
  expect(left).toMatchObject({ witnessedAt: seconds(10.5), latencyBackAt: seconds(10.5) })
  expect(left).not.toHaveProperty('processingAt')
  expect(never).toEqual({})
})

describe('back after a worker has joined', () => {
  // From the join on each tick takes 20 ms more than before: as it does with two workers.
  const late = new Map(Array.from({ length: 100 }, (_, place) => [51 + place, milliseconds(20)]))
  const { faults: _, tickEnd: __, ...options } = optionsOf(FAULT + seconds(1), {}, late)
  const resize = {
    from: 1,
    steps: [
      { at: FAULT, workers: 2 },
      { at: seconds(12), workers: 1 },
    ],
  }
  const history = [
    event(FAULT, 'worker-joined', { process: 1 }),
    event(seconds(12), 'worker-left', { process: 1 }),
  ]
  const phasesWith = (peaceLatency: Nanos | undefined) =>
    phasesOfResize(
      { resize, workers: 2, ...(peaceLatency === undefined ? {} : { peaceLatency }) },
      { ...options, history },
    )

  it('is to be as with so many in peace, and not as before', () => {
    const [joined] = phasesWith(milliseconds(125))
    expect(joined!.latencyBackAt).toBeGreaterThan(FAULT + seconds(1))
    expect(joined!.backlogBackAt).toBe(joined!.latencyBackAt)
    expect(phasesWith(undefined)[0]).not.toHaveProperty('latencyBackAt')
  })

  it('does not count for who is slower than in peace', () => {
    const [joined] = phasesWith(milliseconds(110))
    expect(joined).not.toHaveProperty('latencyBackAt')
    expect(joined!.latencyBackAfter).toBe(seconds(12))
  })

  it('and left again: as before the first change', () => {
    // Who goes on with one as it was with two is not back.
    const [, left] = phasesWith(seconds(5))
    expect(left).not.toHaveProperty('latencyBackAt')
  })
})
