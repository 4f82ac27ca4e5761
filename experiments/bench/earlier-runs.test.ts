/** Rows that other commands measure: from which of their runs they are read, and from which they are not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RunWriter } from '../../results/writer.ts'
import { compareCases, engines } from '../compare/cases.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import { benchCommand } from './command.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it.each([
  ['this commit', 1],
  ['this commit, from where npm is not seen', 1],
  ['another commit', 2],
  ['a changed checkout', 2],
  ['one engine', 1],
  ['three cases', 1],
  ['trials of no known size', 1],
])('reads memory of the main job and residuals from runs of %s', async (of, status) => {
  const io = cannedIo(root, {
    trial: async ({ rate, tick }) => cannedOutcome({ rate, capacity: rate, tick }),
  })
  for (const experiment of ['compare', 'validate'] as const) {
    const writer = new RunWriter(root, {
      experiment,
      command: 'test',
      seed: 1,
      parameters: {
        cases: compareCases.map(({ name }) => name).slice(of === 'three cases' ? 1 : 0),
        engines: of === 'one engine' ? ['timely'] : engines,
      },
      peers: {},
      calibrationSha256: null,
      startedAt: io.now(),
      warnings: [],
      environment: {
        ...io.environment(),
        dirty: of === 'a changed checkout',
        commit: of === 'another commit' ? '0123456' : io.environment().commit,
      },
    })
    const ran = compareCases.flatMap(({ workload }, place) =>
      engines.map((engine) => ({
        trial_id: `${place}-${engine}`,
        role: 'maximum' as const,
        repeat: 1,
        engine,
        workload,
        world: 'threads' as const,
        outcome: 'completed' as const,
        verdict: 'valid' as const,
        ...(of === 'trials of no known size' ? {} : { resident_bytes_max: 2 ** 29 }),
        coordinator_resident_bytes_max: 2 ** 27,
      })),
    )
    writer.append('trials', ran)
    const residuals = [0.1, -0.4, 0.2].map((residual) => ({
      quantity: 'p50',
      residual,
      // Of the one whose residual is within, an end is not.
      low: residual - 0.15,
      high: residual + 0.15,
      spread: 0.3,
      residualOfNull: residual / 2,
      // Where a trial with the costs of `micro` alone was not valid, there is none.
      ...(residual > 0.1 ? {} : { residualAlone: residual * 4 }),
    }))
    const tail = { quantity: 'p99', residual: 0.65, low: 0.6, high: 0.7, spread: 0.1 }
    writer.addFile('residuals.json', JSON.stringify([...residuals, tail]))
    const npm = [
      { name: 'sh', residentBytesMax: 2 ** 20 },
      { name: 'npm start', residentBytesMax: 63 * 2 ** 20 },
    ]
    const launchers = of === 'this commit, from where npm is not seen' ? null : npm
    writer.addFile('launchers.json', JSON.stringify(launchers))
    writer.complete(io.now())
  }
  expect(await benchCommand({ rows: ['memory', 'validate-p50'] }, io)).toBe(status)
  const text = io.printed.join('\n')
  if (of === 'another commit' || of === 'a changed checkout') {
    const why = of === 'another commit' ? 'is of another commit' : 'is of a checkout that was'
    expect(text).toMatch(new RegExp(`main job: .* not measured: run \\S+ ${why}`))
    expect(text).toMatch(new RegExp(`residual of p50 .* not measured: run \\S+ ${why}`))
    expect(text).toContain(
      'Not measured, and the command that measures it:\n  npm start: memory\n  npm start -- validate: validate-p50\nAll in one: npm start -- bench --all',
    )
    return
  }
  expect(text).toMatch(
    of === 'one engine'
      ? /main job: .* not measured: largest of 8 trials and baselines, run \S+; it lacks dstream/
      : of === 'three cases'
        ? /main job: .* not measured: .* run \S+; it lacks grep/
        : of === 'trials of no known size'
          ? /main job: .* not measured: largest of 8 trials and baselines, run \S+; 8 of them with no known size/
          : of === 'this commit'
            ? /main job: .* 704MiB .*pass: largest of 8 trials and baselines, run \S+; 64MiB of it npm's; by the rule before \(without npm\): 640MiB, pass/
            : /main job: .* 640MiB .*pass: largest of 8 trials and baselines, run \S+; npm is not counted: its memory is not known; /,
  )
  expect(text).toMatch(
    /residual of p50 +40\.0 % .*FAIL: 2 of 3 pairs within, the interval of 2 reaches over the limit, 0 not steady and not tested, 0 trials not valid, run \S+; three numbers are fitted .*: without them \(factor 1\) 0 of 2 within, without a simulator \(null\) 3 of 3; p99, without a limit: at most 65\.0 % off \(factor 1, no stalls replayed: unknown\)/,
  )
})
