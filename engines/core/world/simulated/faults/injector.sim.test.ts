/**
 * Faults of the simulated world, one kind after the other, on scripted processes: what each does, from when to when, what it
 * leaves in the history, and that one which hits nothing says so.
 */
import { describe, expect, it } from 'vitest'
import type { Fault, Link, LinkFault, StorageFault } from '../../../faults/fault.ts'
import { GRANT_CHANNEL } from '../../../ingest/block.ts'
import { ANY_GENERATION } from '../../../membership/membership.ts'
import { milliseconds, type Nanos, type ProcessId, seconds } from '../../../units.ts'
import type { World } from '../../world.ts'
import { NETWORK } from '../network.ts'
import { type Act, countIn, PERIOD, type Play, play, told, witnessOf } from './scripted.fixture.ts'

const FROM = milliseconds(200)
const TO = milliseconds(600)
const LENGTH = TO - FROM

/** Both directions between processes 0 and 1, or one of them. */
const BOTH: readonly Link[] = [
  { from: 0, to: 1 },
  { from: 1, to: 0 },
]
const THERE = BOTH.slice(0, 1)

const pause = (process: ProcessId, length: Nanos = LENGTH): Fault => {
  return { kind: 'pause', process, at: FROM, length }
}

const link = (
  kind: LinkFault['kind'],
  share: number,
  by: Nanos = 0,
  links: readonly Link[] = THERE,
): Fault => {
  return { kind, links, by, share, at: FROM, length: LENGTH }
}

/** Asks, at an instant, for other lives: of process 1, where nothing else is said. */
function replacing(at: Nanos, generation = 1, whom: readonly ProcessId[] = [1]): Act {
  return ({ process, authority }, now) => {
    if (process !== 0 || now < at || authority.generation() !== generation) return
    const { generation: expected, ...current } = authority.current()
    const members = current.members.map((member) =>
      whom.includes(member.process) ? { ...member, incarnation: member.incarnation + 1 } : member,
    )
    authority.propose(expected, { ...current, members })
  }
}

/** What process 1 hears of process 0: every number there is, in order. */
function expectAllHeard(record: ReturnType<typeof play>): void {
  const numbers = told(record, 'heard', 1).map(({ fields }) => fields.number)
  expect(numbers).toEqual(numbers.map((_, place) => place))
  expect(numbers.length).toBeGreaterThan(90)
}

describe('a kill', () => {
  it('is there from its instant on, with its witness', () => {
    const faults: Fault[] = [{ kind: 'kill', process: 1, at: FROM }]
    const record = play({ faults })
    expect(told(record, 'stepped', 1).every(({ at }) => at < FROM)).toBe(true)
    const [witness] = told(record, 'fault-kill')
    expect(witness).toMatchObject({ at: FROM, process: -1 })
    expect(witness!.fields).toEqual({ fault: 0, process: 1, incarnation: 1, witnessed: true })
  })

  it('of nobody hits nothing', () => {
    const faults = [FROM, TO].map((at): Fault => ({ kind: 'kill', process: 1, at }))
    const record = play({ faults: [...faults, { kind: 'kill', process: 7, at: TO }] })
    const witnessed = told(record, 'fault-kill').map(({ fields }) => fields.witnessed)
    expect(witnessed).toEqual([true, false, false])
  })
})

describe('a pause', () => {
  it('is a time in which a process does not step; what reaches it waits', () => {
    const record = play({ faults: [pause(1)] })
    const steps = told(record, 'stepped', 1)
    expect(countIn(steps, FROM, TO)).toBe(0)
    expect(countIn(steps, TO, TO + PERIOD)).toBeGreaterThan(0)
    expect(countIn(told(record, 'heard', 1), FROM, TO)).toBe(0)
    expectAllHeard(record)
    expect(countIn(told(record, 'stepped', 0), FROM, TO)).toBeGreaterThan(30)
    const found = { event: 'fault-pause', witnessed: true, at: FROM, endedAt: TO, hits: 1 }
    expect(witnessOf(record, 0)).toEqual(found)
    expect(record.outcome).toBe('completed')
  })

  it('of who waits for a core begins at once, too', () => {
    const network = { ...NETWORK, processesPerNode: 2 }
    // One of the two always waits.
    const script: Play = {
      restless: true,
      work: milliseconds(1),
      options: { network, coresPerNode: 1 },
    }
    const record = play({ ...script, faults: [pause(1)] })
    expect(countIn(told(record, 'stepped', 1), FROM, TO)).toBe(0)
    expect(countIn(told(record, 'stepped', 0), FROM, TO)).toBeGreaterThan(350)
    expect(countIn(told(record, 'stepped', 1), TO, TO + LENGTH)).toBeGreaterThan(150)
  })

  it('without an end lasts to the end of the run', () => {
    const faults = [pause(1, Number.POSITIVE_INFINITY)]
    const record = play({ faults })
    expect(countIn(told(record, 'stepped', 1), FROM, Number.POSITIVE_INFINITY)).toBe(0)
    expect(record.outcome).toBe('timed-out')
    expect(witnessOf(record, 0)).toMatchObject({ witnessed: true, hits: 1 })
  })

  it('makes a zombie of who is replaced meanwhile: it goes on once, its commits are refused, its region is its own', () => {
    const record = play({
      faults: [pause(1)],
      act: replacing(milliseconds(300)),
      options: { startDelay: milliseconds(20) },
    })
    const [zombie, next] = [1, 2].map((incarnation) => told(record, 'born', 1, incarnation)[0]!)
    expect(next!.at).toBeGreaterThan(milliseconds(320))
    expect(next!.at).toBeLessThan(milliseconds(325))
    expect(next!.fields.base).not.toBe(zombie!.fields.base)
    const after = told(record, 'stepped', 1, 1).filter(({ at }) => at >= FROM)
    expect(after.map(({ at, fields }) => ({ at, ...fields }))).toMatchObject([
      { own: TO, generation: 1, intact: true },
    ])
    // The second life has committed all of it, and the first one is told that it may not.
    const refused = told(record, 'refused', 1)
    expect(refused.map(({ incarnation, fields }) => [incarnation, fields.generation])).toEqual([
      [1, 1],
    ])
    expect(record.staleCommits).toBe(1)
    expect(told(record, 'stepped', 1, 2).every(({ fields }) => fields.intact)).toBe(true)
    expect(record.outcome).toBe('completed')
  })

  it('refuses what a zombie commits although it is of no generation, and of nobody else', () => {
    const record = play({
      faults: [pause(1)],
      act: replacing(milliseconds(300)),
      options: { startDelay: milliseconds(20) },
      generation: ANY_GENERATION,
    })
    const refused = told(record, 'refused')
    expect(refused.map(({ process, incarnation }) => [process, incarnation])).toEqual([[1, 1]])
    expect(record.staleCommits).toBe(1)
    expect(record.outcome).toBe('completed')
  })

  it('makes none where links lose nothing, as on threads: who is replaced is ended, and its messages are read once', () => {
    const record = play({
      faults: [pause(1)],
      act: replacing(milliseconds(300)),
      options: { startDelay: milliseconds(20), lossless: true },
    })
    const after = told(record, 'stepped', 1, 1).filter(({ at }) => at >= FROM)
    expect(after).toEqual([])
    const [before, next] = told(record, 'born', 1)
    expect(next!.fields.base).toBe(before!.fields.base)
    const numbers = told(record, 'heard', 1, 2).map(({ fields }) => Number(fields.number))
    expect(numbers).toEqual(numbers.map((_, place) => numbers[0]! + place))
    expect(numbers.length).toBeGreaterThan(60)
    // What was sent to the first life while it stood still.
    const { counters } = record.processes[2]!
    expect(counters.staleMessages).toBeGreaterThan(8)
    expect(counters.repeatedFrames).toBeUndefined()
    expect(record.outcome).toBe('completed')
  })

  it('gives a zombie’s region to a later life when it is over', () => {
    const twice: Fault[] = [pause(1), { ...pause(1), at: milliseconds(650) } as Fault]
    const first = replacing(milliseconds(300))
    const second = replacing(milliseconds(700), 2)
    const record = play({
      faults: twice,
      act: (world, now) => {
        first(world, now)
        second(world, now)
      },
      options: { startDelay: milliseconds(20) },
      config: { input: { rate: 100, duration: milliseconds(1_200) } },
    })
    const bases = told(record, 'born', 1).map(({ fields }) => fields.base)
    expect(bases).toHaveLength(3)
    expect(bases[2]).toBe(bases[0])
    expect(told(record, 'stepped', 1, 3).every(({ fields }) => fields.intact)).toBe(true)
  })

  it('leaves who is not replaced with what it saw before, for the rest of its step', () => {
    // Process 1 is replaced while process 2 stands still.
    const record = play({
      faults: [pause(2)],
      act: replacing(milliseconds(300)),
      options: { startDelay: milliseconds(20) },
      config: { workers: 3, partitions: 3 },
    })
    const after = told(record, 'stepped', 2).filter(({ at }) => at >= FROM)
    expect(after.slice(0, 3).map(({ fields }) => fields.generation)).toEqual([1, 2, 2])
    expect(told(record, 'refused', 2)).toHaveLength(1)
    // Who goes on has seen the new generation only then, so nobody was to be born before.
    expect(told(record, 'born', 1, 2)[0]!.at).toBeGreaterThan(TO)
    expect(record.outcome).toBe('completed')
  })

  it.each<[string, boolean]>([
    ['a zombie for a step when it goes on', false],
    ['none where links lose nothing', true],
  ])(
    'is over for who has not looked at a membership for long, where nobody is left who has: %s',
    (_, lossless) => {
      const record = play({
        faults: [pause(2, milliseconds(1_800))],
        act: replacing(milliseconds(300), 1, [0, 1]),
        options: { startDelay: milliseconds(20), lossless },
        config: { workers: 3, partitions: 3 },
      })
      const [issued] = told(record, 'generation-issued')
      const behind = told(record, 'process-behind')
      expect(behind.map(({ at, fields }) => ({ at, ...fields }))).toEqual([
        // Ten times the detector's timeout.
        { at: issued!.at + seconds(1), process: 2, incarnation: 1, generation: 2 },
      ])
      for (const process of [0, 1]) {
        const [born] = told(record, 'born', process, 2)
        expect(born!.at).toBeGreaterThanOrEqual(behind[0]!.at)
        expect(born!.at).toBeLessThan(behind[0]!.at + milliseconds(3))
      }
      const after = told(record, 'stepped', 2).filter(({ at }) => at >= FROM)
      expect(after.map(({ fields }) => fields.generation)).toEqual(lossless ? [] : [1])
      // Nobody makes what it owes.
      expect(record.outcome).toBe('timed-out')
    },
  )

  it('is waited out by a next life, as long as somebody is left', () => {
    const record = play({
      faults: [pause(2, milliseconds(1_800))],
      act: replacing(milliseconds(300)),
      options: { startDelay: milliseconds(20) },
      config: { workers: 3, partitions: 3 },
    })
    expect(told(record, 'process-behind')).toEqual([])
    expect(told(record, 'born', 1, 2)[0]!.at).toBeGreaterThan(milliseconds(2_000))
    expect(record.outcome).toBe('completed')
  })

  it('of nobody hits nothing', () => {
    expect(witnessOf(play({ faults: [pause(7)] }), 0)).toMatchObject({ witnessed: false, hits: 0 })
  })
})

describe('a share of a CPU', () => {
  const busy: Play = { restless: true, work: milliseconds(1) }
  const slow = (share: number, process = 1): Fault => {
    return { kind: 'slow', process, share, at: FROM, length: LENGTH }
  }
  const contend = (tasks: number): Fault => {
    return { kind: 'contend', process: 1, tasks, at: FROM, length: LENGTH }
  }
  const stepsOf = (record: ReturnType<typeof play>, process: ProcessId): number =>
    countIn(told(record, 'stepped', process), FROM, TO)

  it.each([
    [0.5, 200],
    [0.25, 100],
    [0.1, 40],
  ])('of %d makes %d of 400 steps', (share, steps) => {
    const record = play({ ...busy, faults: [slow(share)] })
    expect(Math.abs(stepsOf(record, 1) - steps)).toBeLessThanOrEqual(2)
    expect(stepsOf(record, 0)).toBeGreaterThan(395)
    expect(Math.abs(Number(witnessOf(record, 0).hits) - steps)).toBeLessThanOrEqual(2)
    expect(countIn(told(record, 'stepped', 1), TO, TO + milliseconds(100))).toBeGreaterThan(90)
  })

  it.each([
    ['with a core for each process: of n + 1', 3, {}, 100],
    ['with two cores for each', 6, { coresPerProcess: 2 }, 100],
    [
      'with two that share theirs',
      2,
      { coresPerNode: 2, network: { ...NETWORK, processesPerNode: 2 } },
      200,
    ],
  ] as const)('with others, %s', (_, tasks, options, steps) => {
    const record = play({ ...busy, faults: [contend(tasks)], options })
    expect(Math.abs(stepsOf(record, 1) - steps)).toBeLessThanOrEqual(2)
    const neighbour = 'coresPerNode' in options ? steps : 400
    expect(Math.abs(stepsOf(record, 0) - neighbour)).toBeLessThanOrEqual(4)
  })

  it('with others is not felt by who uses less than that', () => {
    const idle: Play = { work: milliseconds(0.1) }
    const instants = (faults: readonly Fault[]) =>
      told(play({ ...idle, faults }), 'stepped', 1).map(({ at }) => at)
    expect(instants([contend(5)])).toEqual(instants([]))
  })

  it('with others for whom there is room hits nothing', () => {
    const options = { coresPerNode: 4, network: { ...NETWORK, processesPerNode: 2 } }
    const record = play({ ...busy, faults: [contend(2)], options })
    expect(witnessOf(record, 0)).toMatchObject({ witnessed: true, hits: 0 })
  })
})

describe('a link', () => {
  it('that delays brings everything later, in order', () => {
    const by = milliseconds(35)
    const record = play({ faults: [link('delay', 1, by)] })
    expectAllHeard(record)
    const heard = told(record, 'heard', 1)
    expect(countIn(heard, FROM + milliseconds(1), FROM + by)).toBe(0)
    // What left last in its time holds back what leaves just after it.
    expect(countIn(heard, TO, TO + by)).toBeGreaterThan(1)
    expect(countIn(told(record, 'heard', 0), FROM, FROM + by)).toBeGreaterThan(2)
    expect(Number(witnessOf(record, 0).hits)).toBeGreaterThan(39)
  })

  it('that delays some holds back the others', () => {
    const record = play({ faults: [link('delay', 0.3, milliseconds(35), BOTH)] })
    expectAllHeard(record)
    expect(record.processes[1]!.counters.repeatedFrames).toBeUndefined()
  })

  it('that loses all brings nothing, and everything afterwards', () => {
    const record = play({ faults: [link('drop', 1)] })
    const heard = told(record, 'heard', 1)
    expect(countIn(heard, FROM + milliseconds(1), TO)).toBe(0)
    expect(countIn(heard, TO, TO + 3 * PERIOD)).toBeGreaterThan(39)
    expectAllHeard(record)
  })

  it.each([0.05, 0.3])('that loses a share of %d brings everything, in order', (share) => {
    const record = play({ faults: [link('drop', share, 0, BOTH)] })
    expectAllHeard(record)
    const { hits } = witnessOf(record, 0)
    expect(Number(hits)).toBeGreaterThan(0)
    expect(Number(hits)).toBeLessThan(share * 1_000)
  })

  it('that doubles brings everything once', () => {
    const record = play({ faults: [link('duplicate', 1)] })
    expectAllHeard(record)
    expect(record.processes[1]!.counters.repeatedFrames).toBeGreaterThan(30)
  })

  it('that reorders brings everything in order', () => {
    const record = play({ faults: [link('reorder', 0.4, milliseconds(15))] })
    expectAllHeard(record)
    expect(record.processes[1]!.counters.repeatedFrames).toBeGreaterThan(3)
  })

  it.each([
    ['both ways', BOTH],
    ['one way', THERE],
  ])('that is split %s brings nothing there, and everything soon after', (_, links) => {
    const split: Fault = { kind: 'split', links, at: FROM, length: LENGTH }
    const record = play({ faults: [split] })
    const [there, back] = [1, 0].map((process) => told(record, 'heard', process))
    expect(countIn(there!, FROM + milliseconds(1), TO)).toBe(0)
    expect(countIn(there!, TO, TO + 3 * PERIOD)).toBeGreaterThan(39)
    const answered = countIn(back!, FROM + milliseconds(1), TO)
    expect(answered > 30).toBe(links.length === 1)
    expectAllHeard(record)
  })

  it('within a node is one, too', () => {
    const options = { network: { ...NETWORK, processesPerNode: 2 } }
    const split: Fault = { kind: 'split', links: BOTH, at: FROM, length: LENGTH }
    const record = play({ faults: [split], options })
    expect(countIn(told(record, 'heard', 1), FROM + milliseconds(1), TO)).toBe(0)
    expectAllHeard(record)
  })

  it('to nobody hits nothing', () => {
    const record = play({ faults: [link('drop', 1, 0, [{ from: 0, to: 7 }])] })
    expect(witnessOf(record, 0)).toMatchObject({ witnessed: false, hits: 0 })
  })
})

describe('a clock', () => {
  const skew = (by: Nanos): Fault => ({ kind: 'skew', process: 1, by, at: FROM, length: LENGTH })

  it.each([20, -20])('that is wrong by %d ms runs on, and never backwards', (ms) => {
    const by = milliseconds(ms)
    const record = play({ faults: [skew(by)] })
    const steps = told(record, 'stepped', 1)
    const own = steps.map(({ fields }) => Number(fields.own))
    expect(own).toEqual(own.toSorted((a, b) => a - b))
    const wrong = steps.filter(({ at }) => at > FROM + milliseconds(30) && at < TO)
    expect(wrong.length).toBeGreaterThan(30)
    for (const { at, fields } of wrong) expect(Number(fields.own) - at).toBe(by)
    const after = steps.filter(({ at }) => at > TO + milliseconds(30))
    for (const { at, fields } of after) expect(fields.own).toBe(at)
    expect(witnessOf(record, 0).hits).toBe(countIn(steps, FROM, TO))
    for (const { at, fields } of told(record, 'stepped', 0)) expect(fields.own).toBe(at)
  })

  it('does not reach what is visible: that is told in the run’s own time', () => {
    const record = play({ faults: [skew(milliseconds(20))] })
    const visible = record.commits
      .filter(({ partition, tick }) => partition === 1 && tick === milliseconds(400))
      .map(({ visibleAt }) => visibleAt)
    expect(visible).toHaveLength(1)
    expect(visible[0]! - milliseconds(380)).toBeLessThan(milliseconds(1))
    expect(visible[0]!).toBeGreaterThanOrEqual(milliseconds(380))
  })
})

describe('storage', () => {
  const storage = (what: StorageFault['what'], share = 1, factor = 1): Fault => {
    return { kind: 'storage', what, share, factor, at: FROM, length: LENGTH }
  }

  /** Process 0 writes at 100, 300 and 700 ms, and reads each 50 ms later. */
  function writing(): Act {
    const asked = new Set<string>()
    const once = (name: string, now: Nanos, at: number, act: () => void): void => {
      if (now < milliseconds(at) || asked.has(name)) return
      asked.add(name)
      act()
    }
    return ({ process, storage }: World, now) => {
      if (process !== 0) return
      for (const at of [100, 300, 700]) {
        once(`write ${at}`, now, at, () => storage.write(`blob ${at}`, new Uint8Array(80)))
        once(`read ${at}`, now, at + 50, () => storage.read(`blob ${at}`))
      }
    }
  }

  const outcomes = (record: ReturnType<typeof play>) =>
    told(record, 'stored', 0).map(({ fields }) => `${fields.outcome} ${fields.bytes}`)

  const DONE = ['done 0', 'done 80']

  it.each([
    ['full', ['failed 0', 'missing 0']],
    ['torn', ['failed 0', 'done 40']],
    ['lost', ['done 0', 'missing 0']],
  ] as const)('that is %s', (what, found) => {
    const record = play({ faults: [storage(what)], act: writing() })
    expect(outcomes(record)).toEqual([...DONE, ...found, ...DONE])
    expect(witnessOf(record, 0)).toMatchObject({ witnessed: true, hits: 1 })
  })

  it('that fails says why', () => {
    const reasons = (['full', 'torn'] as const).map((what) => {
      const record = play({ faults: [storage(what)], act: writing() })
      return told(record, 'stored', 0).map(({ fields }) => fields.reason)[2]
    })
    expect(reasons).toEqual(['no space left on the disk', 'broke off after 40 bytes'])
  })

  it('that is slow', () => {
    const record = play({ faults: [storage('slow', 1, 7)], act: writing() })
    expect(outcomes(record)).toEqual([...DONE, ...DONE, ...DONE])
    const at = told(record, 'stored', 0).map((event) => event.at)
    expect(at[0]! - milliseconds(100)).toBeLessThan(milliseconds(3))
    expect(at[2]! - milliseconds(300)).toBeGreaterThan(milliseconds(13))
    expect(witnessOf(record, 0).hits).toBe(2)
  })

  it('tears what a dying process writes', () => {
    const kill: Fault = { kind: 'kill', process: 0, at: milliseconds(301) }
    const found = (faults: readonly Fault[]) => {
      const act = writing()
      let asked = false
      const record = play({
        faults,
        act: (world, now) => {
          act(world, now)
          if (asked || world.process === 0 || now < milliseconds(400)) return
          asked = true
          world.storage.read('blob 300')
        },
      })
      return told(record, 'stored', 1).map(({ fields }) => `${fields.outcome} ${fields.bytes}`)
    }
    // Whole or not at all (`zombies.sim.test.ts`).
    expect(found([kill])).not.toEqual(['done 40'])
    expect(found([storage('torn'), kill])).toEqual(['done 40'])
  })

  it('that nobody uses is not hit', () => {
    const record = play({ faults: [storage('full')] })
    expect(witnessOf(record, 0)).toMatchObject({ witnessed: true, hits: 0 })
  })
})

describe('a moment', () => {
  /** Process 0 says that it is at a checkpoint from 250 to 350 ms, and again from 700 ms on. */
  const telling: Act = ({ process, history }, now) => {
    if (process !== 0) return
    const at = Math.floor(now / milliseconds(10)) * 10
    if (at === 250 || at === 700) history.append('checkpoint-began', { tick: at })
    if (at === 350) history.append('checkpoint-durable', { tick: 250 })
  }
  const slowAt = (from: number): Fault => {
    const at = { on: 'checkpoint', from: milliseconds(from) } as const
    return { kind: 'slow', process: 1, share: 0.5, at, length: LENGTH }
  }

  it.each([
    ['that comes', 200, 250],
    ['that goes on', 300, 300],
    ['that is over: the next one', 400, 700],
  ])('%s', (_, from, began) => {
    const record = play({ faults: [slowAt(from)], act: telling })
    const { at, event } = witnessOf(record, 0)
    expect(event).toBe('fault-slow')
    expect(at! - milliseconds(began)).toBeLessThan(milliseconds(1))
    expect(at!).toBeGreaterThanOrEqual(milliseconds(began))
  })

  it('that never comes leaves no witness', () => {
    expect(witnessOf(play({ faults: [slowAt(300)] }), 0).event).toBeUndefined()
  })

  /** Process 0 acknowledges once a period; the numbers go on from 1,000. */
  function acknowledging(): Act {
    let next = 1_000
    return ({ process, transport, authority }, now) => {
      if (process !== 0 || now < (next - 1_000) * PERIOD) return
      const payload = new Uint8Array(Float64Array.of(next++, 0, 0, 7).buffer)
      const generation = authority.generation()
      transport.send({ to: 1, class: 'control', channel: GRANT_CHANNEL, generation, payload })
    }
  }

  it.each([
    ['before-acknowledgement', 1_029],
    ['after-acknowledgement', 1_030],
  ] as const)('%s: a kill takes with it what has not left', (on, last) => {
    const kill: Fault = { kind: 'kill', process: 0, at: { on, from: milliseconds(300) } }
    const record = play({ faults: [kill], act: acknowledging() })
    const numbers = told(record, 'heard', 1).map(({ fields }) => Number(fields.number))
    // The beat before it was on its way.
    expect(Math.max(...numbers)).toBe(last)
    expect(numbers).toContain(30)
    const [witness] = told(record, 'fault-kill')
    expect(witness!.fields).toMatchObject({ process: 0, witnessed: true })
    expect(witness!.at - milliseconds(300)).toBeLessThan(milliseconds(1))
    expect(told(record, 'stepped', 0).every(({ at }) => at <= witness!.at)).toBe(true)
  })

  it('of an acknowledgement is that of the worker itself', () => {
    const at = { on: 'before-acknowledgement', from: milliseconds(300) } as const
    const record = play({ faults: [{ kind: 'kill', process: 1, at }], act: acknowledging() })
    expect(told(record, 'fault-kill')).toEqual([])
  })
})

describe('a plan', () => {
  const everything: readonly Fault[] = [
    link('drop', 0.2, 0, BOTH),
    link('delay', 0.2, milliseconds(3), BOTH),
    link('duplicate', 0.2, 0, BOTH),
    link('reorder', 0.2, milliseconds(12), BOTH),
    { kind: 'slow', process: 0, share: 0.5, at: FROM, length: LENGTH },
    { kind: 'contend', process: 0, tasks: 2, at: FROM, length: LENGTH },
    { kind: 'skew', process: 0, by: milliseconds(5), at: FROM, length: LENGTH },
    pause(1, milliseconds(40)),
  ]

  it('gives equal traces for equal seeds, and others for others', () => {
    const run = (seed: number) => play({ faults: everything, config: { seed }, work: 50_000 })
    const first = run(1)
    expect(run(1).traceHash).toBe(first.traceHash)
    expect(run(1).history).toEqual(first.history)
    expect(run(2).traceHash).not.toBe(first.traceHash)
    expectAllHeard(first)
  })

  it('of one more fault leaves the draws of the others as they were', () => {
    const one = link('drop', 0.2, 0, BOTH)
    const alone = play({ faults: [one] })
    const absent: Fault = { kind: 'slow', process: 7, share: 0.5, at: FROM, length: LENGTH }
    const other = play({ faults: [one, absent, link('drop', 0.5, 0, [{ from: 0, to: 7 }])] })
    expect(other.traceHash).toBe(alone.traceHash)
  })

  it('whose faults come when all is over, or hit nobody, changes nothing', () => {
    const calm = play({})
    const late: Fault = { kind: 'kill', process: 1, at: milliseconds(2_500) }
    expect(play({ faults: [late] }).traceHash).toBe(calm.traceHash)
    expect(play({ faults: [link('drop', 0)] }).traceHash).toBe(calm.traceHash)
  })
})
