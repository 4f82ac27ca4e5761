import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadPlan, namePlan } from '../engines/core/plan/named-plan.ts'
import { WORKLOADS, workloadNamed } from './index.ts'
import { INPUT_KINDS, makeInput } from './input/input.ts'
import { resolveParameters } from './parameters.ts'

const here = new URL('./', import.meta.url)

describe('the registry', () => {
  it('has every folder with a workload, and each name is its folder’s or begins with it', () => {
    const folders = readdirSync(here, { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/workload.ts`, here)),
      )
      .map((entry) => entry.name)
    const registered = WORKLOADS.map((workload) => {
      const folder = workload.plan().module.split('/')[1]!
      expect(`${workload.name}-`.startsWith(`${folder}-`), workload.name).toBe(true)
      return folder
    })
    expect([...new Set(registered)].sort()).toEqual(folders.sort())
    expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(WORKLOADS.length)
  })

  it('is the table of the README', () => {
    const readme = readFileSync(new URL('README.md', here), 'utf8')
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'))
    const cells = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    expect(cells).toEqual(
      WORKLOADS.map(({ name, operators, state, paper, invariants }) => [
        `\`${name}\``,
        operators,
        state,
        paper,
        invariants.join('; '),
      ]),
    )
  })

  it('takes a plan of a user’s own by its module and export, judged with its plan alone', () => {
    const own = workloadNamed('workloads/examples/visitors.ts#visitors')
    expect(own.name).toBe('workloads/examples/visitors.ts#visitors')
    expect(own.plan({ interval: '2s' })).toEqual({
      module: 'workloads/examples/visitors.ts',
      export: 'visitors',
      parameters: { interval: '2s' },
    })
    expect(() => own.oracle()).toThrow(/is asked without its plan/)
  })

  it('knows what it has not', () => {
    expect(() => workloadNamed('wordcount')).toThrow(
      `the workload wordcount: no such workload. workloads are ${WORKLOADS.map(({ name }) => name).join(', ')}.`,
    )
  })
})

describe.each(WORKLOADS.map((workload) => [workload.name, workload] as const))(
  '%s',
  (_, workload) => {
    it('names a plan that every process can rebuild', async () => {
      const named = await namePlan(workload.plan())
      expect(structuredClone(named)).toEqual(named)
      expect((await loadPlan(named)).nodes.length).toBeGreaterThan(1)
    })

    it('resolves its parameters to plain data, and again to the same', () => {
      const { parameters } = workload.plan()
      expect(workload.plan(parameters).parameters).toEqual(parameters)
      expect(JSON.parse(JSON.stringify(parameters))).toEqual(parameters)
      for (const { parameters: suited } of workload.inputs) workload.plan(suited)
    })

    it('refuses parameters that it has not, in plan and oracle', () => {
      expect(() => workload.plan({ intervall: '1s' })).toThrow(/no such parameter/)
      expect(() => workload.oracle({ interval: 1 })).toThrow(/a duration is a text with a unit/)
      expect(() => workload.plan({ interval: '1' })).toThrow(/a duration is a positive number/)
    })
  },
)

describe('parameters', () => {
  const specs = {
    text: { kind: 'text', default: 'x', description: '' },
    count: { kind: 'count', default: 3, min: 1, max: 9, description: '' },
    choice: { kind: 'choice', default: 'a', choices: ['a', 'b'], description: '' },
    flag: { kind: 'flag', default: true, description: '' },
  } as const

  it('have defaults, and are read from the texts of a command line', () => {
    expect(resolveParameters('w', specs)).toEqual({ text: 'x', count: 3, choice: 'a', flag: true })
    const given = { text: '0', count: '9', choice: 'b', flag: 'false' }
    expect(resolveParameters('w', specs, given)).toEqual({
      text: '0',
      count: 9,
      choice: 'b',
      flag: false,
    })
  })

  it.each([
    [{ text: '' }, /a text, not empty/],
    [{ text: 5 }, /a text, not empty/],
    [{ count: 0 }, /from 1 to 9/],
    [{ count: 1.5 }, /a whole number/],
    [{ count: 'many' }, /a whole number/],
    [{ count: '' }, /a whole number/],
    [{ choice: 'c' }, /one of a, b/],
    [{ flag: 'yes' }, /true or false/],
    [{ other: 1 }, /w has text, count, choice, flag/],
  ])('%j is refused', (given, message) => {
    expect(() => resolveParameters('w', specs, given)).toThrow(message)
  })
})

describe('inputs', () => {
  it('are made by kind', () => {
    expect(makeInput('lines', { records: 7 }).offsets.length).toBe(8)
    expect(makeInput('page-events', { records: 7, seed: 2 }).offsets.length).toBe(8)
    expect(makeInput('session-events', { records: 7, seed: 2 }).offsets.length).toBe(8)
    for (const kind of [
      'ad-events',
      'ad-pairs',
      'tweets',
      'nexmark-events',
      'number-pairs',
      'edges',
      'edge-pairs',
      'graph-events',
    ] as const) {
      expect(makeInput(kind, { records: 7, seed: 2 }).offsets.length).toBe(8)
    }
    const path = new URL('index.ts', here).pathname
    expect(makeInput('file', { path }).offsets.length).toBeGreaterThan(10)
    expect(() => makeInput('file')).toThrow(/no path/)
  })

  it('are known to every workload that names them', () => {
    for (const { inputs } of WORKLOADS) {
      for (const { kind } of inputs) expect(INPUT_KINDS).toContain(kind)
    }
  })
})
