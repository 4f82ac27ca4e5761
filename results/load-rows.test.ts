import { expect, it } from 'vitest'
import { atCommonRate, type LoadRow, loadsOf } from './load-rows.ts'

/** `timely half-load 2 10`: engine, role, rate, tick. */
const rowsOf = (...texts: readonly string[]): readonly LoadRow[] =>
  texts.map((text) => {
    const [engine = '', role = '', rate, tick] = text.split(' ')
    return { engine, role, offered_records_per_s: Number(rate), tick_ns: Number(tick) }
  })
const textOf = ({ engine, role, offered_records_per_s: rate, tick_ns: tick }: LoadRow): string =>
  `${engine} ${role} ${rate} ${tick}`
const common = (...texts: readonly string[]) => atCommonRate(rowsOf(...texts)).map(textOf)

it('the half load of the slower engine is at the common rate', () => {
  expect(
    common('timely half-load 3 10', 'dstream half-load 2 20', 'timely common-rate 2 10'),
  ).toEqual(['dstream half-load 2 20', 'timely common-rate 2 10'])
  expect(common('timely half-load 2 10', 'dstream half-load 2 20')).toHaveLength(2)
  expect(common('timely half-load 3 10', 'dstream half-load 2 20')).toEqual([])
  // Its own trial at that rate counts, and not its half load beside it.
  expect(
    common('timely half-load 2 10', 'dstream half-load 2 20', 'timely common-rate 2 10'),
  ).toEqual(['dstream half-load 2 20', 'timely common-rate 2 10'])
})

it('of loads with several ticks those with the last one of their engine count', () => {
  const rows = rowsOf(
    'timely probe 9 500',
    'timely half-load 2 10',
    'dstream half-load 2 20',
    'dstream half-load 2 250',
    'dstream half-load 2 250',
  )
  const last = ['timely half-load 2 10', 'dstream half-load 2 250', 'dstream half-load 2 250']
  expect(loadsOf(rows).map(textOf)).toEqual(last)
  expect(atCommonRate(rows).map(textOf)).toEqual(last)
})
