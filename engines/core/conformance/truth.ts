/**
 * What a run of a scenario must have committed, by the plan's interpreter, and what is wrong with a run.
 *
 * The interpreter knows rows, not partitions; where a row's partition follows from its key (tables, `reduceByKey`,
 * `topK`), digests are compared partition by partition, else summed over them.
 */

import { PAGE_BYTES, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { createInputLog } from '../input/looping-log.ts'
import { poolFootprint, readPool, writePool } from '../input/pool.ts'
import { interpretStatics } from '../interpreter/answers.ts'
import { type DueRecord, type InterpretedTick, interpret } from '../interpreter/interpret.ts'
import type { Commit } from '../output/commit.ts'
import { type Digest, DigestSum, digestOfRows, keyLanes, partitionOf } from '../output/digest.ts'
import { expectedCommits } from '../output/expected-commits.ts'
import type { Dataflow } from '../plan/dataflow.ts'
import { traitsOf } from '../plan/operator-traits.ts'
import type { RunConfig } from '../run-config.ts'
import type { PoolBytes, RunRecord, Trial } from '../system.ts'
import type { TickEnd } from '../units.ts'
import { builtPlan } from './built-plan.ts'
import { onceRecords, recordAt, staticTexts } from './pool-records.ts'
import { savedProblems } from './saved-truth.ts'

export interface TrueTick extends InterpretedTick {
  /** Whether rows lie in the partition of their key; else they may lie anywhere. */
  readonly routing: 'by-key' | 'partition-0' | 'any'
}

/** The records of a trial's input, with their due instants. */
export function dueRecords(trial: Trial): DueRecord[] {
  const { config, pool: bytes } = trial
  if (config.input.once) return onceRecords(trial)
  const memory = RunMemory.reserve(2 * PAGE_BYTES + poolFootprint(bytes))
  const pool = writePool(memory, PAGE_BYTES, bytes)
  const log = createInputLog(config, pool)
  const written: PoolBytes = { ...readPool(memory, pool), ...(bytes.pairs && { pairs: true }) }
  const records: DueRecord[] = []
  for (let partition = 0; partition < config.partitions; partition++) {
    const count = log.dueBefore(partition, config.input.duration)
    for (let index = 0; index < count; index++) {
      log.locate(partition, index, index + 1, ({ first }) => {
        const value = recordAt(written, first)
        const eventTime = log.eventTimeOf(partition, index)
        records.push({ dueAt: log.dueOf(partition, index), value, eventTime })
      })
    }
  }
  return records
}

export function ticksOf({ tick, input }: Pick<RunConfig, 'tick' | 'input'>): TickEnd[] {
  return Array.from({ length: input.duration / tick }, (_, index) => (index + 1) * tick)
}

/** Of those that are wrong in the same way the first ones are enough. */
const PROBLEMS_MAX = 8

/** Runs of one plan over one input share the interpreter’s answer. */
const truths = new Map<string, Promise<readonly TrueTick[]>>()

export function truthOf(trial: Trial): Promise<readonly TrueTick[]> {
  const { plan, partitions, tick, input } = trial.config
  const statics = Object.entries(trial.staticInputs ?? {}).map(([url, pool]) => [url, textOf(pool)])
  const name = JSON.stringify([plan, partitions, tick, input, textOf(trial.pool), statics])
  let truth = truths.get(name)
  if (truth === undefined) {
    truth = interpreted(trial)
    if (truths.size > 200) truths.clear()
    truths.set(name, truth)
  }
  return truth
}

/** A character a byte: a list of numbers of a pool of a MiB takes longer than a run over it. */
function textOf({ bytes }: PoolBytes): string {
  return Buffer.from(bytes).toString('latin1')
}

async function interpreted(trial: Trial): Promise<readonly TrueTick[]> {
  const { plan, dataflow } = await builtPlan(trial.config.plan)
  const routings = routingsOf(dataflow)
  const statics = interpretStatics(plan, staticTexts(trial))
  const { once, duration } = trial.config.input
  const endsAt = once ? duration : undefined
  return interpret(plan, dueRecords(trial), ticksOf(trial.config), statics, endsAt).map((tick) => {
    return { ...tick, routing: routings[tick.output]! }
  })
}

function routingsOf({ operators, paths, outputs }: Dataflow): TrueTick['routing'][] {
  return outputs.map(({ index, node }) => {
    const operator = operators.findLast((each) => each.node === node.input)
    const into = paths.filter(({ to }) => to.kind === 'output' && to.output === index)
    // What a chain makes of rows may have other keys.
    if (operator === undefined || into.some(({ chain }) => chain.length > 0)) return 'any'
    const { routing, emitsRecords } = traitsOf(operator)
    if (emitsRecords && operator.kind !== 'exchange') return 'any'
    if (routing === 'single-partition') return 'partition-0'
    return routing === 'by-key' ? 'by-key' : 'any'
  })
}

/**
 * All that is wrong with a run, in words; nothing for a run that is right: completed, every due commit made, none extra or
 * early, generations never falling, repeated commits equal, first commits as the interpreter says, kept rows as committed, saved
 * files as the interpreter says.
 */
export async function problemsOf(trial: Trial, record: RunRecord): Promise<readonly string[]> {
  if (record.outcome !== 'completed') {
    return [`${record.outcome}: ${record.error?.message ?? 'no error'}`]
  }
  const { config } = trial
  const { dataflow } = await builtPlan(config.plan)
  const made = new Set(record.commits.map(placeOf))
  const missing = [...duePlaces(dataflow, config)].filter((place) => !made.has(place))
  return [
    ...missing.map((place) => `${place} is missing`),
    ...(await wrongCommits(trial, record)),
    ...savedProblems(dataflow, { config, record }, await truthOf(trial)),
  ].slice(0, PROBLEMS_MAX)
}

/** What is wrong with the commits of a run however it ended, in words: one that did not complete lacks some, and that is all. */
export async function wrongCommits(trial: Trial, record: RunRecord): Promise<readonly string[]> {
  const problems: string[] = []
  const first = new Map<string, Commit>()
  let generation = 0
  // Who reads the wrong clock stamps what it has read with that.
  const isStamped = trial.faults.every(({ kind }) => kind !== 'skew')
  for (const commit of record.commits) {
    const place = placeOf(commit)
    const earlier = first.get(place)
    if (earlier === undefined) first.set(place, commit)
    else if (!sameDigest(earlier, commit)) problems.push(`${place} was contradicted`)
    if (commit.visibleAt < commit.tick) problems.push(`${place} was visible before its end`)
    const { readAt = commit.tick } = commit
    if (isStamped && readAt < commit.tick) problems.push(`${place} was read before it was due`)
    if (isStamped && readAt > commit.visibleAt) {
      problems.push(`${place} was visible before it was read`)
    }
    if (commit.generation < generation) problems.push(`${place} is of an older generation`)
    generation = Math.max(generation, commit.generation)
  }
  const { dataflow } = await builtPlan(trial.config.plan)
  const due = duePlaces(dataflow, trial.config)
  for (const place of first.keys()) if (!due.has(place)) problems.push(`${place} is extra`)
  for (const tick of await truthOf(trial)) {
    compare(tick, { first, due, partitions: trial.config.partitions }, problems)
  }
  const committed = record.rows.length > 0 ? byGeneration(record.commits) : undefined
  for (const kept of record.rows) {
    const digest = digestOfRows(kept.rows)
    const commits = committed?.get(`${kept.generation}: ${placeOf(kept)}`) ?? []
    if (!commits.some((commit) => sameDigest(commit, digest)))
      problems.push(`${placeOf(kept)}: kept rows are not those of a commit`)
  }
  return problems.slice(0, PROBLEMS_MAX)
}

function byGeneration(commits: readonly Commit[]): ReadonlyMap<string, readonly Commit[]> {
  const found = new Map<string, Commit[]>()
  for (const commit of commits) {
    const name = `${commit.generation}: ${placeOf(commit)}`
    const others = found.get(name)
    if (others === undefined) found.set(name, [commit])
    else others.push(commit)
  }
  return found
}

function duePlaces(dataflow: Dataflow, config: RunConfig): ReadonlySet<string> {
  const due = new Set<string>()
  for (const { output, partitions, ticks } of expectedCommits(dataflow, config)) {
    const count = ticks.containing(config.input.duration) - 1
    for (let index = 1; index <= count; index++) {
      const tick = ticks.endOf(index)
      for (const partition of partitions) due.add(placeOf({ output, partition, tick }))
    }
  }
  return due
}

interface Made {
  readonly first: ReadonlyMap<string, Commit>
  readonly due: ReadonlySet<string>
  readonly partitions: number
}

function compare(truth: TrueTick, { first, due, partitions }: Made, problems: string[]): void {
  const { output, tick, routing } = truth
  const expected = expectedDigests(truth, partitions)
  const places = expected.map((_, partition) => placeOf({ output, partition, tick }))
  const found = places.map((place) => first.get(place))
  if (routing === 'any') {
    // Of which partition a row is, nobody says: the sum is known with the last of them.
    if (places.some((place) => due.has(place) && !first.has(place))) return
    const all = new DigestSum()
    for (const commit of found) if (commit !== undefined) all.add(commit)
    differ(`output ${output}, tick ${tick}`, expected[0]!, all.take(), problems)
    return
  }
  found.forEach((commit, partition) => {
    if (commit === undefined) return
    differ(places[partition]!, expected[partition]!, commit, problems)
  })
}

/** Of a tick of a truth, once: its runs are held against the same digests, and a digest costs as much as a row of a run. */
const digests = new WeakMap<TrueTick, readonly Digest[]>()

/** By partition; all in the first where it does not matter. */
function expectedDigests(truth: TrueTick, partitions: number): readonly Digest[] {
  const known = digests.get(truth)
  if (known !== undefined) return known
  const sums = Array.from({ length: partitions }, () => new DigestSum())
  for (const [key, value] of truth.rows) {
    const partition =
      truth.routing === 'by-key' ? partitionOf(keyLanes(encodeCanonical(key)).lane0, partitions) : 0
    sums[partition]!.addRow(key, value)
  }
  const expected = sums.map((sum) => sum.take())
  digests.set(truth, expected)
  return expected
}

function differ(place: string, expected: Digest, found: Digest, problems: string[]): void {
  if (sameDigest(expected, found)) return
  problems.push(
    `${place} has ${found.rows} rows, and should have ${expected.rows} of other digests`,
  )
}

function sameDigest(a: Digest, b: Digest): boolean {
  return a.rows === b.rows && a.lane0 === b.lane0 && a.lane1 === b.lane1
}

function placeOf({
  output,
  partition,
  tick,
}: Pick<Commit, 'output' | 'partition' | 'tick'>): string {
  return `output ${output}, partition ${partition}, tick ${tick}`
}
