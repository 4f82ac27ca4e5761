/**
 * `run`, `replay`, `list` and the help: what they print, what they write, how they end. In the real program the first of a kind, others in
 * a process that they share.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Calibration } from '../../engines/core/cost/calibration.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import {
  CLAUSE_FORMS,
  FAULT_NAMES,
  FAULT_WORDS,
  formOf,
  ROLE_NAMES,
  ROLE_WORDS,
} from '../../engines/core/faults/fault-words.ts'
import { runs } from '../../engines/core/plan/operator-support.ts'
import { FUNCTIONS, WORDS } from '../../engines/core/plan/vocabulary.ts'
import { ENGINES } from '../../engines/index.ts'
import { readRun } from '../../results/reader.ts'
import { WORKLOADS } from '../../workloads/index.ts'
import { calibrationHash, calibrationText } from '../micro/calibration-file.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { callCli, runCli, TINY, TINY_SIMULATED, temporaryFolder, without } from './cli.fixture.ts'
import { buildProgram } from './program.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())
const at = (name: string): string => join(folder.path, name)

/** The run folders of a results folder, hidden ones and links aside. */
const runsIn = (results: string): string[] =>
  readdirSync(join(results, 'run'))
    .filter((name) => name !== 'latest')
    .map((name) => join(results, 'run', name))

/** One before the other is missed. */
const BOTH_KILLED = ['--fault=kill worker 0 at 250ms', '--fault=kill worker 1 at 300ms'] as const

describe('help and lists', () => {
  it('--help names every command', async () => {
    const { status, out, err } = await runCli(['--help'])
    expect([status, err]).toEqual([0, ''])
    for (const command of buildProgram().commands) expect(out).toContain(`  ${command.name()} `)
  })
  it('run --help names every option', async () => {
    const { status, out } = await callCli(['run', '--help'])
    expect(status).toBe(0)
    const run = buildProgram().commands.find((command) => command.name() === 'run')!
    for (const { long } of run.options) expect(out).toContain(long)
  })
  it('list shows what the registries have', async () => {
    const { status, out } = await callCli(['list'])
    expect(status).toBe(0)
    for (const { name, parameters, inputs } of WORKLOADS) {
      expect(out).toContain(`${name}:`)
      for (const parameter of Object.keys(parameters)) expect(out).toContain(parameter)
      for (const { kind } of inputs) if (kind !== 'file') expect(out).toContain(kind)
    }
    for (const engine of ENGINES) expect(out).toContain(engine)
    for (const [name, engines] of [
      ['word-count', 'timely, dstream'],
      ['barrier', 'timely, dstream with --bounded --iterations-as-jobs'],
    ]) {
      expect(out).toMatch(new RegExp(`^  ${name}: .*\n.*\n.*\n    engines: ${engines}$`, 'm'))
    }
    const lines = out.split('\n').map((line) => line.trim().replace(/ {2,}/, '  '))
    for (const word of WORDS) {
      const support = ENGINES.filter((engine) => runs(engine, word)).join(', ')
      const own = Object.entries({ [word.word]: word.meaning, ...word.options })
      for (const [name, text] of own) {
        const found = lines.filter((line) => line.startsWith(`${name}  ${text} (${support}`))
        expect(found, `${word.word} ${name}`).not.toEqual([])
      }
    }
    for (const each of Object.entries(FUNCTIONS)) expect(lines).toContain(each.join('  '))
    for (const name of FAULT_NAMES) {
      expect(out).toContain(`  ${formOf(name)} `)
      expect(lines).toContain(`--fault '${FAULT_WORDS[name].example}'`)
    }
    for (const each of CLAUSE_FORMS) expect(lines).toContain(each.join('  '))
    for (const role of ROLE_NAMES) expect(out).toContain(ROLE_WORDS[role].meaning)
    expect(out).toContain('  threads refuses contend: Other work on a core is simulated')
    expect(out).toContain('  timely refuses query: Its state is changed in place, ')
    expect(out).toContain('  dstream refuses iterate: Its graph has no cycles: ')
    expect(out).toMatch(/^ {2}iterate .*\(timely, dstream with --bounded --iterations-as-jobs\)$/m)
    for (const other of ['simulated', 'compare', '--flush-interval']) expect(out).toContain(other)
  })
})

describe('a simulated run', () => {
  const results = at('simulated')
  const args = ['--results', results] as const

  it('goes on while storage is full, and says so', async () => {
    const full = ['--fault=fill storage from 150ms to 450ms', '--recovery=checkpoint'] as const
    const options = [...full, '--checkpoint-interval=200ms', '--results', at('full')]
    const { status, err } = await callCli(['run', 'word-count', ...TINY_SIMULATED, ...options])
    expect(
      err.match(/^warning: storage did not take .* to which whoever was lost goes back\. /gm),
    ).toHaveLength(2)
    expect(status).toBe(0)
  })

  it('of both engines is valid, written whole, and replayed: another trace is named', async () => {
    const ran = await runCli(['run', 'word-count', ...TINY_SIMULATED, '--seed=7', ...args])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(ran.out).toMatch(/word-count on timely, simulated: 2 workers, 8 partitions, tick 100ms/)
    for (const line of [
      'verdict',
      'processed',
      'latency',
      'sent',
      'exchanged',
      'CPU',
      'memory',
      'trace',
    ]) {
      expect(ran.out).toMatch(new RegExp(`^ {2}${line} `, 'm'))
    }
    const [path] = runsIn(results)
    const run = readRun(path!)
    expect(run.trials.map(({ engine, verdict }) => [engine, verdict])).toEqual([
      ['timely', 'valid'],
      ['dstream', 'valid'],
    ])
    expect(run.latency.length).toBeGreaterThan(10)
    expect(run.manifest).toMatchObject({ state: 'complete', seed: 7, experiment: 'run' })
    const [spec] = run.manifest.parameters.trials as Record<string, unknown>[]
    // Every default is resolved.
    expect(spec).toMatchObject({
      partitions: 8,
      kernels: 'columns',
      ingest: 'log',
      timely: { recovery: 'none', accumulation: 'local', flushInterval: 10e6 },
      detector: TRIAL_DEFAULTS.detector,
      parameters: { mode: 'running', interval: '200ms', longerThan: 0 },
    })

    // One of the two is to be found different, and the other the same.
    const outcomes = join(path!, 'outcomes.json')
    writeFileSync(outcomes, readFileSync(outcomes, 'utf8').replace(/("traceHash": ")./, '$1x'))
    const differs = await runCli(['replay', path!, ...args])
    expect(differs.err).toMatch(/differs: 1-timely: trace was x/)
    expect(differs.err).not.toMatch(/differs: 2-dstream/)
    expect(differs.out).toMatch(/2-dstream: same trace [\da-f]{16} as recorded/)
    expect(differs.status).toBe(1)
  })

  it('over a bounded input answers once, alike on both engines', async () => {
    const own = at('bounded')
    writeFileSync(at('words.txt'), 'the river\nthe gauge\nthe river\n')
    const input = ['--bounded', '--input', at('words.txt'), '--results', own]
    const ran = await callCli(['run', 'word-count', '--world=simulated', ...input])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(ran.out).toContain('tick 1s, all of its input at once')
    expect(ran.out).toMatch(/^ {2}answered +3 records in /m)
    const digests = [...ran.out.matchAll(/answer +counts: 3 rows, digest ([\da-f]{16})/g)]
    expect(digests.length).toBe(2)
    expect(digests[1]![1]).toBe(digests[0]![1])
    expect(ran.out).toContain(
      '  counts, 3 of 3 rows by key (key → value):\n    "gauge" → 1\n    "river" → 2\n    "the" → 3\n',
    )
    const { trials } = readRun(runsIn(own)[0]!)
    expect(trials.map(({ role, verdict }) => [role, verdict])).toEqual([
      ['bounded', 'valid'],
      ['bounded', 'valid'],
    ])
    expect(trials[0]!.offered_records_per_s).toBeUndefined()
  })

  it('over views of your own puts out all of their windows, and says how many were late', async () => {
    const own = at('own-times')
    const origin = Date.parse('2026-01-31T00:00:00Z')
    // The last ones happened long before, and are late; no other window is over when the input is.
    const lines = Array.from({ length: 40 }, (_, view) => {
      const ms = origin + (view < 36 ? 100 * view : -60_000)
      return JSON.stringify({ url: '/a', at: view % 2 === 0 ? ms : new Date(ms).toISOString() })
    })
    writeFileSync(at('views.jsonl'), `${lines.join('\n')}\n`)
    const how = ['--bounded', '--input', at('views.jsonl'), '--results', own, '--rate=10/s']
    const when = ['--set=time=at', '--set=origin=2026-01-31T00:00:00Z', '--set=lateness=5s']
    const one = ['--workers=1', '--partitions=1', '--show-rows=20']
    const ran = await callCli(['run', 'late-views', '--world=simulated', ...how, ...when, ...one])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    const lates = [...ran.out.matchAll(/^ {2}late +4 records too late for a window, each /gm)]
    expect(lates.length).toBe(2)
    for (const [end, views] of [
      [2e9, 20],
      [4e9, 16],
    ]) {
      expect(ran.out.split(`[${end},"/a"] → ${views}\n`).length).toBe(3)
    }
    const { trials } = readRun(runsIn(own)[0]!)
    expect(trials.map(({ verdict }) => verdict)).toEqual(['valid', 'valid'])
  })

  it('of a loop as jobs answers as the engine that has loops, says what a job took, and is replayed', async () => {
    const own = at('jobs')
    const how = ['--bounded', '--iterations-as-jobs', '--records=300', '--results', own]
    const ran = await callCli(['run', 'connected-components', '--world=simulated', ...how])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    const digests = [...ran.out.matchAll(/answer +components: [\d,]+ rows, digest ([\da-f]{16})/g)]
    expect(digests.length).toBe(2)
    expect(digests[1]![1]).toBe(digests[0]![1])
    const jobs = [
      ...ran.out.matchAll(
        /^ {2}jobs +([\d,]+), one a round and one for the result: the first in [\d.]+ms, the others p50 [\d.]+(us|ms), max /gm,
      ),
    ]
    // Of the engine that has no loops.
    expect(jobs.length).toBe(1)
    expect(Number(jobs[0]![1])).toBeGreaterThan(3)
    const { trials } = readRun(runsIn(own)[0]!)
    expect(trials.map(({ engine, verdict }) => [engine, verdict])).toEqual([
      ['timely', 'valid'],
      ['dstream', 'valid'],
    ])
    const replayed = await callCli(['replay', 'latest', '--results', own])
    expect(replayed.err).toBe('')
    expect(replayed.status).toBe(0)
    expect(replayed.out).toMatch(/1-timely: same trace [\da-f]{16} as recorded/)
    expect(replayed.out).toMatch(/2-dstream: same trace [\da-f]{16} as recorded/)
  })

  it('over a bounded input keeps lengths, and shows as much of the answer as it is asked for', async () => {
    const own = at('bounded windows')
    const input = ['--bounded', '--window=2s', '--rate=1k', '--records=5k']
    const spec = ['--world=simulated', '--engine=timely', ...input]
    const ran = await callCli(['run', 'word-count', ...spec, '--show-rows=2', '--results', own])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(ran.out).toContain('tick 1s, all of its input, at 1k/s')
    expect(ran.out).toMatch(/verdict +valid, 5 ticks committed/)
    expect(ran.out).toMatch(
      /counts, 2 of [\d,]+ rows by key \(key → value\):\n(?: {4}".*" → \d+\n){2}/,
    )
  })

  it('is the same from its seed alone, and survives a kill', async () => {
    const spec = [
      ...TINY_SIMULATED,
      '--engine=timely',
      '--recovery=checkpoint',
      '--checkpoint-interval=100ms',
      '--heartbeat=10ms',
      '--detector-timeout=50ms',
      '--fault=kill worker 1 at 250ms',
      '--json',
      ...args,
    ]
    const first = await callCli(['run', 'word-count', ...spec, '--seed=cac3e24'])
    expect(first.status, first.err).toBe(0)
    const { trials } = JSON.parse(first.out) as {
      trials: { traceHash: string; faults: object[] }[]
    }
    expect(trials[0]!.faults).toEqual([{ kind: 'kill', process: 1, at: 250e6 }])
    const trace = trials[0]!.traceHash
    const replay = ['replay', 'cac3e24', '--workload=word-count', ...spec]
    const again = await callCli([...replay, `--trace=${trace}`])
    expect(again.err).toContain('same trace')
    expect(again.status).toBe(0)
    const other = await callCli([...replay, '--trace=0123456789abcdef'])
    expect(other.err).toContain('differs: the trace is not 0123456789abcdef')
    expect(other.status).toBe(1)
  })

  it('goes on while workers join and leave', async () => {
    const own = at('resized')
    const spec = [...TINY_SIMULATED, '--workers=2', '--recovery=checkpoint', '--results', own]
    const resizes = ['--resize=3 at 150ms', '--resize=1 at 350ms']
    const ran = await callCli(['run', 'word-count', '--engine=timely', ...spec, ...resizes])
    expect(ran.status, ran.err).toBe(0)
    expect(ran.out).toContain('2 workers, 3 from 150ms on, 1 from 350ms on, ')
    expect(ran.out).toMatch(/verdict +valid/)
  })

  it('ends by name when no worker is left, and when it is out of time: instants are since the start of the clock', async () => {
    const own = at('past')
    const past = [...TINY_SIMULATED, '--history=400ms', '--engine=timely', '--results', own]
    const spec = [...past, '--recovery=checkpoint']
    const killed = await callCli(['run', 'word-count', ...spec, ...BOTH_KILLED])
    expect(killed.err).toMatch(/^error: .*worker 0 ended at 250ms, worker 1 ended at 300ms\./m)
    expect(killed.out).toMatch(/^ {2}fault +kill of worker 1: took effect at 300ms/m)
    expect(killed.status).toBe(2)
    const { faults } = readRun(runsIn(own)[0]!)
    expect(faults.map(({ planned_at_ns }) => planned_at_ns)).toEqual([250e6, 300e6])
    expect(faults.map(({ witnessed_at_ns }) => witnessed_at_ns)).toEqual([250e6, 300e6])
    const late = await callCli(['run', 'word-count', ...spec, BOTH_KILLED[0], '--grace=10ms'])
    expect(late.err).toMatch(/^error: every commit by the deadline at 610ms.*; alive: worker 1\./m)
    expect(late.status).toBe(2)
    writeFileSync(at('never.jsonl'), 'null\n')
    const never = ['--input', at('never.jsonl')]
    const thrown = await callCli(['run', 'page-views', ...without('--records', past), ...never])
    expect(thrown.err).toMatch(/in the tick that ends at 300ms before the start/)
  })

  it('takes the costs of a calibration, names it, and is replayed with them', async () => {
    const own = at('calibrated')
    const calibration = at('calibration.json')
    const costs = { ...NOMINAL_COSTS, kernels: { other: 2_000 } }
    const text = calibrationText({
      version: 1,
      costs,
      measured: [],
      wakeNs: 2_000,
      alarmNs: 3_000,
      ranShare: 0.5,
      provenance: {} as Calibration['provenance'],
    })
    writeFileSync(calibration, text)
    const ran = await callCli([
      ...['run', 'grep', ...TINY_SIMULATED, '--engine=timely', '--results', own],
      ...['--calibration', calibration],
    ])
    expect(ran.err).toMatch(/^warning: The calibration was taken on a busy machine: .* 50 %/)
    expect(ran.status).toBe(0)
    const { manifest } = readRun(runsIn(own)[0]!)
    expect(manifest.calibrationSha256).toBe(calibrationHash(text))
    expect(manifest.parameters.trials).toMatchObject([
      { simulation: { costs, wakeLatency: 2_000, alarmLatency: 3_000 } },
    ])
    const replayed = await callCli(['replay', 'latest', '--results', own])
    expect(replayed.out).toMatch(/1-timely: same trace/)
    const hashes = runsIn(own).map((path) => readRun(path).manifest.calibrationSha256)
    expect(hashes).toEqual([calibrationHash(text), calibrationHash(text)])
  })

  it('shows rows of a window', async () => {
    const { status, out, err } = await callCli([
      ...['run', 'top-k', ...TINY_SIMULATED, '--engine=dstream', '--window=400ms'],
      ...['--slide=200ms', '--history=400ms', '--set=k=3', '--show-rows=3', ...args],
    ])
    expect(err).toBe('')
    expect(status).toBe(0)
    expect(out).toMatch(
      /last 3 rows.*\n {4}600ms {2}0 {2}1 → \["\w+",\d+\]\n {4}600ms {2}0 {2}2 → /,
    )
  })

  it('of an input that is out of order is valid, killed too, and is replayed with the same late records', async () => {
    const own = at('late')
    writeFileSync(at('plan.json'), '["kill worker 1 at 350ms ± 20ms"]')
    const ran = await callCli([
      ...['run', 'late-views', ...TINY_SIMULATED, '--results', own, '--disorder=500ms@50%'],
      ...['--window=200ms', '--slide=200ms', '--set=lateness=0s', '--show-rows=10000'],
      ...['--recovery=checkpoint', '--checkpoint-interval=100ms'],
      ...['--faults', at('plan.json')],
      ...['--heartbeat=10ms', '--detector-timeout=50ms'],
    ])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(ran.out).toContain('50 % of the records up to 500ms late')
    // A window has its end in its key; what is late has its page alone.
    expect(ran.out).toMatch(/"\/articles\/\d+" → \d/)
    expect(ran.out).toMatch(/\[\d+,"\/articles\/\d+"\] → \d/)
    const lates = [...ran.out.matchAll(/^ {2}late +([\d,]+) records too late for a window, /gm)]
    expect(lates.length).toBe(2)
    expect(lates[1]![1]).toBe(lates[0]![1])
    const { manifest } = readRun(runsIn(own)[0]!)
    expect(manifest.parameters.trials).toMatchObject([
      { disorder: { bound: 500e6, share: 0.5 } },
      { disorder: { bound: 500e6, share: 0.5 } },
    ])
    const plans = (manifest.parameters.trials as TrialSpec[]).map(({ faults }) => faults)
    expect(plans[0]).toEqual([{ kind: 'kill', process: 1, at: expect.any(Number) }])
    expect(plans[0]![0]!.at).not.toBe(350e6)
    expect(plans[1]).toEqual(plans[0])
    const replayed = await callCli(['replay', 'latest', '--results', own])
    expect(replayed.out).toMatch(/1-timely: same trace .*\n2-dstream: same trace/)
  })

  it('killed between checkpoints, with a log of messages, is valid, and can be replayed', async () => {
    const own = at('logged')
    const ran = await callCli([
      ...['run', 'word-count', ...TINY_SIMULATED, '--results', own, '--engine=timely'],
      ...['--recovery=logging', '--checkpoint-interval=200ms', '--fault=kill worker 1 at 350ms'],
      ...['--heartbeat=10ms', '--detector-timeout=50ms'],
    ])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    const { trials, manifest } = readRun(runsIn(own)[0]!)
    expect(trials[0]).toMatchObject({ recovery: 'logging', checkpoint_interval_ns: 200e6 })
    // What a replay goes by.
    expect(manifest.parameters.trials).toMatchObject([
      {
        timely: { recovery: 'logging', checkpointInterval: 200e6 },
        faults: [{ kind: 'kill', process: 1, at: 350e6 }],
      },
    ])
  })

  it('of a cluster by its shape is valid', async () => {
    const { status, out, err } = await callCli([
      ...['run', 'word-count', ...without('--records', without('--rate', TINY_SIMULATED))],
      ...['--records=40000', '--engine=dstream'],
      ...['--nodes=3', '--cores=2', '--scale=10', '--rate=20k', ...args],
    ])
    expect(err).toBe('')
    expect(out).toMatch(/simulated: 3 workers, 6 partitions/)
    expect(status).toBe(0)
  })

  it('by pushed ingest is valid', async () => {
    const { status, err } = await callCli([
      ...['run', 'grep', ...TINY_SIMULATED, '--engine=dstream', '--ingest=pushed', ...args],
    ])
    expect(err).toBe('')
    expect(status).toBe(0)
  })

  it('says which data is lost when both workers die that have it', async () => {
    const { status, out, err } = await callCli([
      ...['run', 'word-count', ...TINY_SIMULATED, '--engine=dstream', '--ingest=pushed', ...args],
      ...['--workers=3', '--fault=kill worker 0 at 350ms', '--fault=kill worker 1 at 350ms'],
      ...['--heartbeat=10ms', '--detector-timeout=50ms'],
    ])
    expect(`${out}${err}`).toMatch(/data lost: blocks \d+\/\d+ to \d+\/\d+/)
    expect(status).not.toBe(0)
  })
})

describe('threads', () => {
  it('run a loop as jobs, and say what a job took', async () => {
    const how = ['--engine=dstream', '--bounded', '--iterations-as-jobs', '--results', at('rounds')]
    const ran = await callCli(['run', 'barrier', '--set=rounds=30', '--records=100', ...how])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(ran.out).toMatch(/^ {2}jobs +32, one a round .* max \S+; CPU \S+ a job$/m)
  })

  it('run both engines, and a replay commits the same', async () => {
    const args = ['--results', at('threads')]
    const ran = await runCli(['run', 'word-count', ...TINY, ...args])
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    expect(readRun(runsIn(at('threads'))[0]!).trials.map(({ verdict }) => verdict)).toEqual([
      'valid',
      'valid',
    ])
    const replayed = await runCli(['replay', 'latest', ...args])
    expect(replayed.out).toMatch(/1-timely: same commits .*\n2-dstream: same commits/)
    expect(replayed.status).toBe(0)
  })
})

describe('text as it comes', () => {
  const run = (workload: string, input: string, world = 'simulated') => {
    const args = ['--engine=timely', '--input', input, `--world=${world}`, '--results', at('text')]
    return callCli(['run', workload, ...without('--records', TINY), ...args])
  }

  it('that is not UTF-8 is kept, counted and warned of', async () => {
    writeFileSync(at('latin1.txt'), Buffer.from('caf\xe9 au lait\nplain line\ncaf\xe9\n', 'latin1'))
    const { status, err } = await run('word-count', at('latin1.txt'))
    expect(err).toMatch(/^warning: 2 of 3 lines of .*latin1\.txt are not UTF-8\. They are kept/)
    expect(status).toBe(0)
    const { manifest } = readRun(runsIn(at('text'))[0]!)
    expect(manifest.warnings.join()).toContain('not UTF-8')
  })

  it('is checked for changes before a replay', async () => {
    writeFileSync(at('latin1.txt'), 'other words\n')
    const { status, err } = await callCli(['replay', 'latest', '--results', at('text')])
    expect(err).toMatch(/^error: the input .*latin1\.txt of the run: other records/)
    expect(status).toBe(1)
  })

  it.each(['simulated', 'threads'])(
    'that a user function throws on ends a run in %s: record, operator, time',
    async (world) => {
      writeFileSync(at('not.jsonl'), '{"url":"/a"}\nnull\n')
      const { status, out, err } = await run('page-views', at('not.jsonl'), world)
      expect(err).toMatch(/^error: map \(node 2\) of the record null in the tick that ends at/)
      expect(err).toMatch(/TypeError: .*Handle the record in the function/)
      expect(out).toMatch(/verdict +unknown, failed/)
      expect(status).toBe(1)
    },
  )

  it('that commits nothing says so, when it runs and when it runs again', async () => {
    writeFileSync(at('nothing.jsonl'), 'null\n')
    const own = ['--results', at('nothing')]
    const input = ['--engine=timely', '--input', at('nothing.jsonl')]
    const words = ['run', 'page-views', ...without('--records', TINY), ...input, ...own]
    const ran = await callCli(words)
    expect(ran.out).toMatch(/^ {2}commits +none$/m)
    const replayed = await callCli(['replay', 'latest', ...own])
    expect(replayed.out).toContain('same verdict unknown as recorded; no commits, then as now')
    expect(replayed.status).toBe(1)
  })
})
