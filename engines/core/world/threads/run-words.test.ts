/** Instants are doubles from the first on, for V8 too: no code that they pass through is thrown away when they leave 31 bits. */
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'
import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../columns/memory.ts'
import { TickLog } from '../../input/tick-log.ts'
import { asDouble } from '../../units.ts'
import { RunWords } from './run-words.ts'

setFlagsFromString('--allow-natives-syntax')
/** Asked one by one: an array of numbers makes doubles of all if one is. */
const isSmall = new Script('(value) => %IsSmi(value)').runInThisContext() as (
  value: number,
) => boolean

test('a double is the same number', () => {
  expect(isSmall(5)).toBe(true)
  expect(isSmall(asDouble(5))).toBe(false)
  expect(asDouble(5)).toBe(5)
  expect(asDouble(0)).toBe(0)
})

test('ends of ticks are doubles', () => {
  const ticks = new TickLog(10)
  expect([ticks.endOf(0), ticks.endOf(3), ticks.endAfter(17)]).toEqual([0, 30, 20])
  expect(isSmall(ticks.endOf(0))).toBe(false)
  expect(isSmall(ticks.endOf(3))).toBe(false)
  expect(isSmall(ticks.endAfter(17))).toBe(false)
})

test('so is now, before the start and after it', () => {
  const run = new RunWords(RunMemory.reserve(2 * PAGE_BYTES), PAGE_BYTES, 40)
  const before = run.now()
  expect(before).toBe(40)
  run.start()
  const after = run.now()
  expect(after).toBeGreaterThanOrEqual(before)
  expect(isSmall(before)).toBe(false)
  expect(isSmall(after)).toBe(false)
})
