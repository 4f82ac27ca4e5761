import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { PlanError } from '../errors.ts'
import { loadPlan, namePlan } from './named-plan.ts'
import type { NamedPlan } from './plan.ts'
import { hashPlan } from './plan-hash.ts'
import { planOf, readStream } from './stream.ts'

const MODULE = 'engines/core/plan/named-plan.fixture.ts'
const ROOT = new URL('../../../', import.meta.url)

function named(name: string, more: Partial<NamedPlan> = {}): NamedPlan {
  return { module: MODULE, export: name, parameters: { least: 3 }, ...more }
}

test('a named plan is rebuilt, and its hash is checked', async () => {
  const name = await namePlan(named('longWords'))
  expect(name.hash).toMatch(/^[0-9a-f]{16}$/)
  const plan = await loadPlan(name)
  expect(plan.nodes.map((node) => node.kind)).toEqual([
    'source',
    'filter',
    'flatMap',
    'map',
    'map',
    'runningReduce',
    'collect',
  ])
  expect((await namePlan(named('shortWords'))).hash).not.toBe(name.hash)
})

test('a process that strips types builds the same hash as one that bundles', async () => {
  const script = `
    import { namePlan } from './engines/core/plan/named-plan.ts'
    const name = await namePlan(${JSON.stringify(named('longWords'))})
    console.log(name.hash)`
  const words = [...process.execArgv, '--input-type=module', '--eval', script]
  const printed = execFileSync(process.execPath, words, {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(printed.trim()).toBe((await namePlan(named('longWords'))).hash)
})

test('the hash sees structure, lengths, kernels and functions', () => {
  const lines = () => readStream<string>('file:a', '1s')
  const plans = [
    lines(),
    readStream<string>('file:b', '1s'),
    readStream<string>('file:a', '2s'),
    lines().map((line) => line.length),
    lines().map((line) => line.length + 1),
    lines().filter((line) => line.length > 0),
    lines().window('2s'),
    lines().window('3s'),
  ]
  const hashes = plans.map((stream) => hashPlan(planOf(stream)))
  expect(new Set(hashes).size).toBe(plans.length)
  expect(hashPlan(planOf(lines().window('3s')))).toBe(hashes.at(-1))
})

const refusals: [string, NamedPlan, RegExp][] = [
  ['another hash', named('longWords', { hash: '00' }), /with the hash 00: the hash [0-9a-f]{16}\./],
  ['no export', named('missing'), /no export of this name.*Export one of: .*longWords/],
  ['no function', named('notAPlan'), /an export of type number/],
  ['no stream', named('alsoNot'), /^the plan alsoNot of .*: a value of type string/],
  ['no module', named('x', { module: 'engines/none.ts' }), /cannot be imported/],
  ['outside', named('x', { module: '../../etc/x.ts' }), /leaves the repository/],
]

test.each(refusals)('refuses: %s', async (_what, name, message) => {
  const error = await loadPlan(name).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(PlanError)
  expect((error as Error).message).toMatch(message)
})
