/**
 * Laws of the log of ticks, before and after any changes of tick:
 *
 * 1. ends ascend, each by the tick that was decided for it;
 * 2. `indexOfEnd` undoes `endOf`, and nothing but an end is a boundary;
 * 3. an instant lies in the tick that begins at it or before, and ends after it;
 * 4. what ended before a decision is as it was: a log only grows.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { sum, withOne, words } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import { milliseconds } from '../units.ts'
import { TickLog, tickLogOf } from './tick-log.ts'

const PERIOD = 120
const DIVISORS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60, 120]

const divisor = fc.constantFrom(...DIVISORS)
const logs = fc.record({
  first: divisor,
  changes: fc.array(fc.record({ after: fc.integer({ min: 1, max: 4 }), tick: divisor }), {
    maxLength: 4,
  }),
})

type Change = { readonly from: number; readonly tick: number }

function logOf({ first, changes }: { first: number; changes: { after: number; tick: number }[] }) {
  const log = new TickLog(first, [PERIOD])
  const decided: Change[] = [{ from: 0, tick: first }]
  for (const { after, tick } of changes) {
    const from = decided.at(-1)!.from + after * PERIOD
    log.append({ from, tick })
    decided.push({ from, tick })
  }
  return { log, decided, until: decided.at(-1)!.from + 2 * PERIOD }
}

/** Ends of ticks, one after another as they were decided. */
function endsOf(decided: readonly Change[], until: number): number[] {
  const ends = [0]
  while (ends.at(-1)! < until) {
    const at = ends.at(-1)!
    ends.push(at + decided.findLast(({ from }) => from <= at)!.tick)
  }
  return ends
}

describe('a log of ticks', () => {
  it('knows every end, and the tick of every instant', () => {
    fc.assert(
      fc.property(logs, (drawn) => {
        const { log, decided, until } = logOf(drawn)
        const ends = endsOf(decided, until)
        ends.forEach((end, index) => {
          expect([log.endOf(index), log.indexOfEnd(end)]).toEqual([end, index])
        })
        const isEnd = new Set(ends)
        let index = 0
        for (let instant = 0; instant < until; instant++) {
          if (ends[index] === instant) index += 1
          expect(log.containing(instant)).toBe(index)
          expect([log.endUpTo(instant), log.endAfter(instant)]).toEqual([
            ends[index - 1],
            ends[index],
          ])
          expect(log.isBoundary(instant)).toBe(isEnd.has(instant))
        }
      }),
      { numRuns: 25 },
    )
  })

  it('is arithmetic as long as nothing else is decided, before its beginning too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000_000 }),
        fc.integer({ min: -100, max: 500_000 }),
        fc.nat(),
        (tick, index, instant) => {
          const log = new TickLog(tick)
          expect(log.endOf(index)).toBe(index * tick)
          expect(log.endUpTo(instant)).toBe(Math.floor(instant / tick) * tick)
          expect(log.endAfter(instant)).toBe((Math.floor(instant / tick) + 1) * tick)
          expect(log.isBoundary(instant)).toBe(instant % tick === 0)
        },
      ),
    )
  })

  it('only grows: what was decided stays', () => {
    fc.assert(
      fc.property(logs, divisor, (drawn, tick) => {
        const { log, until } = logOf(drawn)
        const before = [...log.decisions]
        const count = log.indexOfEnd(until)
        const ends = Array.from({ length: count + 1 }, (_, index) => log.endOf(index))
        log.append({ from: until, tick })
        expect(log.decisions.slice(0, -1)).toEqual(before)
        expect(log.decisions.at(-1)).toEqual({ index: count, from: until, tick })
        expect(ends.map((_, index) => log.endOf(index))).toEqual(ends)
        expect([log.endOf(count + 1), log.length]).toEqual([until + tick, tick])
      }),
      { numRuns: 30 },
    )
  })

  it('has no number for an instant at which no tick ends', () => {
    expect(() => new TickLog(100).indexOfEnd(250)).toThrow('no tick ends at 250 ns')
    expect(() => new TickLog(0)).toThrow('a tick of 0 ns')
  })
})

describe('a new tick', () => {
  const windows = readStream('log', '100ms').flatMap(words).map(withOne)
  const plan = planOf(windows.reduceByWindow('600ms', sum, { slide: '300ms' }))
  const ms = milliseconds
  const check = (from: number, tick: number): TickLog => {
    const log = tickLogOf({ tick: ms(50) }, buildDataflow(plan))
    log.append({ from: ms(from), tick: ms(tick) })
    return log
  }

  it('begins where all of the plan’s periods end', () => {
    expect(check(600, 20).endOf(13)).toBe(ms(620))
    expect(() => check(100, 20)).toThrow(/where every period ends/)
    expect(() => check(610, 20)).toThrow(/where every period ends/)
  })

  it('divides them', () => {
    expect(() => check(600, 30)).toThrow(/divides every period/)
    expect(() => check(600, 200)).toThrow(/divides every period/)
    expect(() => check(600, 0)).toThrow(/positive/)
  })

  it('is not decided twice, nor for what is past', () => {
    const log = check(600, 20)
    expect(() => log.append({ from: ms(600), tick: ms(10) })).toThrow(/never changed/)
    expect(() => log.append({ from: ms(300), tick: ms(10) })).toThrow(/never changed/)
  })
})
