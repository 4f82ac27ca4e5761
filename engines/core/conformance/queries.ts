/**
 * Conformance: a query is answered by the table as the interpreter has it at that tick, whoever is killed and when; and the
 * stream does not notice.
 */
import { describe, expect, it } from 'vitest'
import { PlanError } from '../errors.ts'
import type { Fault } from '../faults/fault.ts'
import type { Query } from '../queries/query.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, type Nanos } from '../units.ts'
import { DISK } from '../world/simulated/disk.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { QUERIED, queriedPlan } from './plans/queries.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'

const plan = queriedPlan(INTERVAL_MS)

/** Of every table, again and again, each at instants of its own. */
const QUERIES: readonly Query[] = QUERIED.map((of, index) => ({
  of,
  want: (['rows', 'count', { top: 2 }] as const)[index % 3]!,
  at: milliseconds(110 + 17 * index),
  every: milliseconds(103),
}))

/** Before they are there, as they come, and long after. */
const SLICES: readonly Query[] = [150, 1_330, 2_390].flatMap((at) =>
  (['counts', 'windows', 'tracked'] as const).map((of): Query => {
    const slice = { from: milliseconds(800), to: milliseconds(1_600) }
    return { of, want: 'rows', at: milliseconds(at), slice }
  }),
)

/** A key of each table, one that it never has, and the key's text, which is another key where it is a number. */
const KEYS: readonly Query[] = QUERIED.flatMap((of, index) => {
  const key = of === 'top' ? 1 : of === 'asked' ? 5 : 'river'
  return [key, 'ford', `${key}`].map((asked, more): Query => {
    const at = milliseconds(120 + 13 * index + 5 * more)
    return { of, want: { key: asked }, at, every: milliseconds(103) }
  })
})

const kill = (process: number, at: number): Fault => ({
  kind: 'kill',
  process,
  at: milliseconds(at),
})

const CUTS: Readonly<Record<string, Pick<Scenario, 'config' | 'options'>>> = {
  'two workers': {},
  'plain functions, short ticks': { config: { kernels: 'plain', tick: milliseconds(50) } },
  'three workers, seven partitions, far apart': {
    config: { workers: 3, partitions: 7 },
    options: { network: { ...NETWORK, latency: milliseconds(15) } },
  },
  'blocks that lie on a disk that is slow at times': {
    config: { dstream: { blockStoreBytesMax: 0 } },
    options: { disk: { ...DISK, faults: { slow: { share: 0.2, factor: 20 } } } },
  },
}

const REPLACEMENTS: Readonly<Record<string, ConfigChanges>> = {
  respawned: {},
  'survived by others': { workers: 3, replacement: 'survivors' },
}

export function queriesConform(subject: Subject): void {
  it.each(Object.entries(CUTS))('%s', async (_, cut) => {
    const record = await runRight(subject, { plan, ...cut, queries: [...QUERIES, ...SLICES] })
    expect(record.answers!.length).toBeGreaterThan(100)
  })

  it('ticks as long as the interval', async () => {
    const every = milliseconds(INTERVAL_MS)
    const queries = [...QUERIES.map((query) => ({ ...query, every })), ...SLICES]
    await runRight(subject, { plan, config: { tick: every }, queries })
  })

  describe.each(Object.entries(REPLACEMENTS))('a killed worker, %s', (_, config) => {
    it.each([210, 790, 1_010, 1_330, 1_595, 2_390])('at %d ms', async (at) => {
      const faults = [kill(1, at)]
      const queries = [...QUERIES, ...SLICES]
      const record = await runRight(subject, { plan, config, faults, queries })
      // Of those that come again and again; after the last of them nothing is asked.
      if (at < 2_000) expect(answeredIn(record, recoveryOf(record))).toBeGreaterThan(0)
    })
  })

  it('workers killed one after the other, far apart', async () => {
    await runRight(subject, {
      plan,
      config: { workers: 3, tick: milliseconds(50) },
      faults: [kill(0, 1_010), kill(2, 1_180), kill(1, 1_900)],
      queries: [...QUERIES, ...SLICES],
      options: { network: { ...NETWORK, latency: milliseconds(15) } },
    })
  })

  it.each(['columns', 'plain'] as const)('for the row of a key, %s', async (kernels) => {
    const slice = { from: milliseconds(800), to: milliseconds(1_600) }
    const sliced: Query = { of: 'counts', want: { key: 'river' }, at: milliseconds(1_330), slice }
    const queries = [...KEYS, sliced]
    const config: ConfigChanges = { workers: 3, partitions: 7, kernels }
    const faults = [kill(1, 1_010)]
    const { answers = [] } = await runRight(subject, { plan, config, faults, queries })
    const found = answers.filter(({ rows }) => rows.length > 0)
    expect(new Set(found.map(({ query }) => queries[query]!.of))).toEqual(new Set(QUERIED))
    expect(Math.max(...answers.map(({ rows }) => rows.length))).toBe(1)
    expect(found.length).toBeLessThan(answers.length)
  })

  it('leave the stream as it is', async () => {
    const faults = [kill(1, 1_330)]
    const asked = await runRight(subject, { plan, faults, queries: [...QUERIES, ...SLICES] })
    expect(commitsByPlace(asked)).toEqual(commitsByPlace(await runRight(subject, { plan, faults })))
  })
}

/** On real threads: few, since they live in real time. */
export function queriesConformOnThreads(subject: Subject): void {
  const config: ConfigChanges = {
    tick: milliseconds(40),
    input: { rate: 400, duration: milliseconds(960) },
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(400) },
    dstream: { checkpointInterval: milliseconds(80) },
  }
  const queries = QUERIED.flatMap((of): readonly Query[] => [
    { of, want: { top: 2 }, at: milliseconds(50), every: milliseconds(70) },
    {
      of,
      want: 'rows',
      at: milliseconds(700),
      slice: { from: milliseconds(320), to: milliseconds(640) },
    },
  ])

  it('are answered, and a worker is killed meanwhile', async () => {
    const faults = [kill(1, 410)]
    await runRight(subject, { plan: queriedPlan(160), config, faults, queries })
  })
}

export function queriesAreRefused(subject: Subject): void {
  it('by name', async () => {
    const refusal = await subject.run(trialOf(subject.engine, { plan })).then(
      ({ error }) => error,
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(PlanError)
    expect((refusal as PlanError).message).toMatch(/^query \(node \d+\): the timely engine\./)
  })
}

/** From the kill to the end of what was made again for it. */
function recoveryOf(record: RunRecord): readonly [from: Nanos, to: Nanos] {
  const [killed] = eventsOf(record, 'fault-kill')
  const ended = eventsOf(record, 'recovery-completed').at(-1)
  return [killed!.at, ended?.at ?? 0]
}

function answeredIn({ answers = [] }: RunRecord, [from, to]: readonly [Nanos, Nanos]): number {
  return answers.filter(
    ({ query, askedAt, answeredAt }) => query < QUERIES.length && askedAt > from && answeredAt < to,
  ).length
}
