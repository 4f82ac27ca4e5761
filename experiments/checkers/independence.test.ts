/**
 * The judge and the oracles share no code with what they judge: from `engines/` they import types, and nothing that runs. Nor are they given
 * any: records, configurations, plans and pools are data, and which commits are due is the judge's own list.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Files of the repository that a module runs, itself included, at once or later. What is imported as a type is gone when it runs. A module
 * whose name is known only when it is imported is none that could be looked at: it is named by the file that does.
 */
function runs(entry: string): readonly string[] {
  const seen = new Set([entry])
  const unknown: string[] = []
  for (const path of seen) {
    const text = readFileSync(path, 'utf8')
    const add = (target: string): void => void seen.add(resolve(dirname(path), target))
    for (const [, clause = '', target] of text.matchAll(
      /^(?:import|export)\s+([^;'"]*?)\s*from\s+'(\.[^']+)'/gm,
    )) {
      const names = /^\{([^}]*)\}$/.exec(clause)?.[1]?.split(',') ?? [clause]
      const isType =
        clause.startsWith('type ') || names.every((name) => /^\s*(type\s|$)/.test(name))
      if (!isType) add(target!)
    }
    for (const [, target] of text.matchAll(/^import\s+'(\.[^']+)'/gm)) add(target!)
    for (const [, target] of importedLater(text)) {
      if (target === undefined) unknown.push(`engines/?, imported by ${relative(root, path)}`)
      else if (target.startsWith('.')) add(target)
    }
  }
  return [...[...seen].map((path) => relative(root, path)), ...unknown]
}

/** `import(…)` where it is no type: with the name that stands there, if one does. */
function importedLater(text: string): Iterable<RegExpExecArray> {
  return stripTypeScriptTypes(text).matchAll(/\bimport\s*\(\s*(?:'([^']+)')?/g)
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
  // Imported when they are needed, and by a name that a plan has.
  const battery = runs(join(root, 'experiments/planted-bugs/battery.ts'))
  expect(battery).toContain('engines/core/world/threads/run-on-threads.ts')
  expect(battery).toContain('engines/?, imported by engines/core/plan/named-plan.ts')
})

it('the oracle of plans runs their interpreter beside, and what that is made of', () => {
  const shared =
    /^engines\/core\/(interpreter\/|plan\/plan\.ts$|columns\/(text|value)-codec\.ts$|errors\.ts$|units\.ts$)/
  const files = runs(join(root, 'workloads/plan-oracle.ts'))
  expect(files).toContain('engines/core/interpreter/interpret.ts')
  expect(files.filter((file) => file.startsWith('engines/') && !shared.test(file))).toEqual([])
})
