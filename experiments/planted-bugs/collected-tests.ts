/**
 * Stands in for vitest where a test file is loaded with a bug (`fresh-modules.ts`): its tests are collected, and not run. So a test of a
 * check can be tried on a check that is wrong on purpose, in a process that has the rest of the program loaded already.
 *
 * It has what the test files have that bugs name, and no more: hooks, skipped tests and fixtures are refused when they are imported.
 */
import { assert } from '../../engines/core/assert.ts'

export { expect } from 'vitest'

export interface CollectedTest {
  /** Those of its groups and its own, joined by ` > `, as they are written: of a table of cases all have one. */
  readonly title: string
  readonly run: () => unknown
}

type Body = (...args: readonly never[]) => unknown

let collected: CollectedTest[] = []
const groups: string[] = []

/** All tests that are declared while a file is imported. */
export async function collectedBy(load: () => Promise<unknown>): Promise<readonly CollectedTest[]> {
  collected = []
  // What broke while it was imported has left its groups open.
  groups.length = 0
  await load()
  return collected
}

export const describe = withEach((name, run) => {
  groups.push(name)
  assert(run() === undefined, `the group '${name}' is not there at once`)
  groups.pop()
})

export const it = withEach((name, run) => {
  collected.push({ title: [...groups, name].join(' > '), run })
})

export const test = it

type Declare = (name: string, run: () => unknown) => void

/** What vitest takes in between, such as a time limit, is left out. */
function withEach(declare: Declare) {
  const bodyOf = (rest: readonly unknown[]): Body => rest.at(-1) as Body
  const each =
    (cases: readonly unknown[]) =>
    (name: string, ...rest: readonly unknown[]): void => {
      for (const one of cases) {
        const args = (Array.isArray(one) ? one : [one]) as never[]
        declare(name, () => bodyOf(rest)(...args))
      }
    }
  const plain = (name: string, ...rest: readonly unknown[]): void => {
    declare(name, () => bodyOf(rest)())
  }
  return Object.assign(plain, { each })
}
