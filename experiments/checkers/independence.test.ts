/** The judge and the oracles share no code with what they judge: from `engines/` they import types, and nothing that runs. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Files of the repository that a module runs, itself included. What is imported as a type is gone when it runs. */
function runs(entry: string): readonly string[] {
  const seen = new Set([entry])
  for (const path of seen) {
    const text = readFileSync(path, 'utf8')
    for (const [, clause = '', target] of text.matchAll(
      /^(?:import|export)\s+([^;'"]*?)\s*from\s+'(\.[^']+)'/gm,
    )) {
      const names = /^\{([^}]*)\}$/.exec(clause)?.[1]?.split(',') ?? [clause]
      const isType =
        clause.startsWith('type ') || names.every((name) => /^\s*(type\s|$)/.test(name))
      if (!isType) seen.add(resolve(dirname(path), target!))
    }
  }
  return [...seen].map((path) => relative(root, path))
}

const oracles = readdirSync(join(root, 'workloads'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /(^|\/)oracle(-[a-z]+)?\.ts$/.test(path))
  .map((path) => join(root, 'workloads', path))

const checkers = readdirSync(join(root, 'experiments/checkers'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join(root, 'experiments/checkers', name))

it.each([...checkers, ...oracles])('%s', (path) => {
  const files = runs(path)
  expect(files.filter((file) => file.startsWith('engines/'))).toEqual([])
})

it('would be told of what runs', () => {
  expect(runs(join(root, 'experiments/checkers/output.ts')).length).toBeGreaterThan(4)
  expect(runs(join(root, 'workloads/naive-oracle.ts'))).toContain('engines/core/output/digest.ts')
})

it('the oracle of plans runs their interpreter beside, and what that is made of', () => {
  const shared =
    /^engines\/core\/(interpreter\/|plan\/plan\.ts$|columns\/value-codec\.ts$|errors\.ts$|units\.ts$)/
  const files = runs(join(root, 'workloads/plan-oracle.ts'))
  expect(files).toContain('engines/core/interpreter/interpret.ts')
  expect(files.filter((file) => file.startsWith('engines/') && !shared.test(file))).toEqual([])
})
