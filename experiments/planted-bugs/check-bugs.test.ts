/**
 * Planted bugs of the checks themselves: the tests of the judge, the measures and the statistics are tried on ones that are wrong on purpose.
 *
 * A bug's module, and what imports it, is loaded anew (`fresh-modules.ts`), up to the test file that the bug names; of its tests the one that is
 * named is run, here. It must fail by what it asserts: a check that only breaks has not been noticed to be wrong.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CHECK_BUGS } from './bugs/checks.ts'
import { BUGS, occurrences } from './bugs.ts'
import { type CollectedTest, collectedBy } from './collected-tests.ts'
import { importWith } from './fresh-modules.ts'
import { type Planting, plantingIn } from './planting.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const NOTHING: Planting = { url: import.meta.url, withBug: (source) => source }

/** What the first one of tests that fails throws. */
async function failureOf(tests: readonly CollectedTest[]): Promise<unknown> {
  for (const { run } of tests) {
    try {
      await run()
    } catch (error) {
      return error
    }
  }
  return undefined
}

/** Of a property that fails, by what it failed. */
function classOf(error: unknown): string {
  if (!(error instanceof Error)) return `nothing: ${error}`
  return error.cause instanceof Error ? classOf(error.cause) : error.name
}

it.each(CHECK_BUGS)('$name: its text is there once', ({ file, find, replace }) => {
  expect(occurrences(readFileSync(`${root}${file}`, 'utf8'), find)).toBe(1)
  expect(replace).not.toBe(find)
})

it('no two bugs have one name', () => {
  const names = [...CHECK_BUGS, ...BUGS].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

describe('is caught by what the test asserts that it names', () => {
  it.each(CHECK_BUGS)('$name, by $caughtBy', async (bug) => {
    const tests = await collectedBy(() => importWith(plantingIn(bug), bug.tests))
    // Of a table all cases.
    const named = tests.filter(({ title }) => title === bug.caughtBy)
    expect(named).not.toEqual([])
    expect(classOf(await failureOf(named))).toBe('AssertionError')
  })
})

describe('without a bug these tests pass', () => {
  it.each([...Map.groupBy(CHECK_BUGS, ({ tests }) => tests)])('%s', async (file, bugs) => {
    const tests = await collectedBy(() => importWith(NOTHING, file))
    const titles = new Set(bugs.map(({ caughtBy }) => caughtBy))
    const named = tests.filter(({ title }) => titles.has(title))
    expect(new Set(named.map(({ title }) => title))).toEqual(titles)
    expect(await failureOf(named)).toBeUndefined()
  })
})
