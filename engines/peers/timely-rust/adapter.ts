/**
 * Timely Dataflow itself behind the contract of a system: a running word count in Rust, fed the same input log.
 *
 * A child process gets the trial on its standard input and prints its commits when all are there, or at the deadline. It
 * sums digests by the published rule, so the same oracle judges it. What it cannot do it refuses: it takes no closures,
 * so only the plan that it was written for; no faults, no recovery, no rows. It writes no history.
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ConfigurationError, PlanError, RecoveryError } from '../../core/errors.ts'
import { createInputLog } from '../../core/input/looping-log.ts'
import { TickLog } from '../../core/input/tick-log.ts'
import type { VisibleCommit } from '../../core/output/commit.ts'
import { RunCompletion } from '../../core/output/run-completion.ts'
import { formatDuration } from '../../core/plan/duration.ts'
import { loadPlan } from '../../core/plan/named-plan.ts'
import type { Plan, PlanNode } from '../../core/plan/plan.ts'
import type { RunConfig } from '../../core/run-config.ts'
import type { RunRecord, System, Trial } from '../../core/system.ts'
import { NANOS_PER_MILLISECOND } from '../../core/units.ts'
import { timedOut } from '../../core/world/endings.ts'

const MANIFEST = fileURLToPath(new URL('./program/Cargo.toml', import.meta.url))
const TARGET = new URL('../../../node_modules/.cache/timely-rust/', import.meta.url)

/** As cargo has them: to measure, or to see that it is right, which is built in half of the time. */
type Profile = 'release' | 'dev'

/** The steps of the one plan that the program was written for, with the kernels of their functions. */
const STEPS = 'source, flatMap(words), map(with-one), runningReduce(sum), collect'

/** Real time that the child has beyond the deadline, to read its input and to print. */
const CHILD_GRACE_MS = 30_000
const FETCH_TIMEOUT_MS = 120_000
/** What the locked crates need (`program/Cargo.toml`). */
const RUST_MINOR_MIN = 88

export function timelyRustSystem(profile: Profile = 'release'): System {
  return { name: 'timely-rust', run: (trial) => runTrial(trial, profile) }
}

/** Why the system cannot run here; `undefined` if it can. Fetches the crates that are not there yet. */
export function available(): string | undefined {
  const options = { encoding: 'utf8', timeout: FETCH_TIMEOUT_MS } as const
  const version = spawnSync('cargo', ['--version'], options)
  if (version.status !== 0) return 'cargo is not found'
  const [, minor = '0'] = /^cargo 1\.(\d+)/.exec(version.stdout) ?? []
  if (Number(minor) < RUST_MINOR_MIN)
    return `${version.stdout.trim()} is older than 1.${RUST_MINOR_MIN}`
  const fetched = spawnSync('cargo', ['fetch', '--locked', '--manifest-path', MANIFEST], options)
  if (fetched.status === 0) return undefined
  return `cargo cannot fetch the crates: ${lastLines(fetched.stderr, 3) || 'no answer in time'}`
}

/** Runs cargo on the program: `build`, or `test` for its own tests. Errors: `ConfigurationError` with what cargo says. */
export async function cargo(verb: 'build' | 'test', profile: Profile): Promise<string> {
  const places = ['--manifest-path', MANIFEST, '--target-dir', fileURLToPath(TARGET)]
  // Cargo's name for the profile of tests that is built on `dev` is `test`, and its crates are the same.
  const optimized = profile === 'release' ? ['--release'] : []
  try {
    const ended = await promisify(execFile)('cargo', [verb, ...optimized, '--locked', ...places])
    return ended.stdout
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new ConfigurationError(
      {
        asked: `cargo ${verb} of timely-rust`,
        found: lastLines(stdout + stderr, 10) || String(cause),
        rule: 'the program is built from its lock file by the cargo on the path',
        remedy: 'Install Rust, or leave this peer out',
      },
      {},
      cause,
    )
  }
}

/**
 * Runs one trial. Rejects with a `PlanError` for another plan and a `ConfigurationError` for what the program has not;
 * what goes wrong in the child is the record's `outcome` and `error`. Options of the embedded engines are not looked at.
 */
async function runTrial(trial: Trial, profile: Profile): Promise<RunRecord> {
  const { config } = trial
  const plan = await loadPlan(config.plan)
  checkPlan(plan, config)
  checkTrial(trial, plan)
  await cargo('build', profile)
  const child = spawn(programOf(profile), [], {
    timeout: Math.ceil(trial.deadline / NANOS_PER_MILLISECOND) + CHILD_GRACE_MS,
    killSignal: 'SIGKILL',
    // The last lines of what it says are to be why it failed.
    env: { ...process.env, RUST_BACKTRACE: '0' },
  })
  // A child that ends before it has read everything says why by its exit.
  child.stdin.on('error', () => {})
  for (const part of encodeTrial(trial)) child.stdin.write(part)
  child.stdin.end()
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ])
  const record = parseRecord(stdout)
  if (code !== 0) {
    const error = new RecoveryError({
      asked: 'a trial of timely-rust',
      found: `the program ended with ${signal ?? `status ${code}`}: ${lastLines(stderr, 10)}`,
      rule: 'it has no recovery, so a failure of a worker ends the run',
      remedy: 'Run the trial again, or report the failure',
    })
    return { ...record, outcome: 'failed', error }
  }
  return ended(record, trial)
}

function programOf(profile: Profile): string {
  const folder = profile === 'release' ? 'release' : 'debug'
  const name = process.platform === 'win32' ? 'timely-rust.exe' : 'timely-rust'
  return fileURLToPath(new URL(`${folder}/${name}`, TARGET))
}

/** The record of a child that ended well: whether it is complete. */
function ended(
  record: Omit<RunRecord, 'outcome' | 'error'>,
  { config, deadline }: Trial,
): RunRecord {
  const { tick, input } = config
  const partitions = Array.from({ length: config.partitions }, (_, partition) => partition)
  const ticks = new TickLog(tick)
  const completion = new RunCompletion([{ output: 0, partitions, ticks }], input.duration)
  for (const commit of record.commits) completion.add(commit)
  const { missing, wholeUntil } = completion
  if (missing === 0) return { ...record, outcome: 'completed' }
  const error = timedOut({ deadline, missing, wholeUntil }, config)
  return { ...record, outcome: 'timed-out', error }
}

function stepOf(node: PlanNode): string {
  return 'f' in node && node.f.kernel ? `${node.kind}(${node.f.kernel.name})` : node.kind
}

function checkPlan(plan: Plan, { plan: { module, export: name, parameters } }: RunConfig): void {
  const steps = plan.nodes.map(stepOf).join(', ')
  if (steps === STEPS) return
  throw new PlanError(
    {
      asked: `the plan ${name} of ${module} on timely-rust`,
      found: steps,
      rule: `the program runs one plan: ${STEPS}`,
      remedy: 'Run word-count with its mode running and without filter and prefix',
    },
    { module, export: name, parameters },
  )
}

function checkTrial(
  { config, pool, faults, queries = [], deadline }: Trial,
  { nodes }: Plan,
): void {
  const { input, tick, workers, timely, ingest = 'log' } = config
  // The schedule's own checks; nothing is read through this log.
  createInputLog(config, { bytes: 0, offsets: 0, records: pool.offsets.length - 1 })
  const isDivided = nodes.every((node) => node.kind !== 'source' || node.interval % tick === 0)
  const refusals: readonly (readonly [refused: boolean, found: string, rule: string])[] = [
    [faults.length > 0, `${faults.length} faults`, 'the program has no recovery'],
    [timely.recovery !== 'none', timely.recovery, 'the only recovery that it has is none'],
    [config.keepRows, 'keepRows', 'it gives digests, not rows'],
    [config.saveAll === true, 'saveAll', 'it gives digests, not rows'],
    [input.once === true, 'a bounded input', 'it reads its input in a loop'],
    [input.history !== undefined, 'a past', 'its clock starts with its input'],
    [ingest !== 'log', `${ingest} input`, 'it reads its input where it lies'],
    [config.resize !== undefined, 'workers that join or leave', 'all are there from start to end'],
    [queries.length > 0, `${queries.length} queries`, 'it answers none'],
    [!config.digests, 'no digests', 'it always sums them'],
    [!Number.isSafeInteger(workers) || workers < 1, `${workers} workers`, 'it needs workers'],
    [
      !isDivided || input.duration % tick !== 0,
      `ticks of ${formatDuration(tick)}`,
      'ticks divide all periods',
    ],
    [
      deadline <= input.duration,
      `a deadline of ${formatDuration(deadline)}`,
      'the input ends before it',
    ],
  ]
  for (const [refused, found, rule] of refusals) {
    if (!refused) continue
    const remedy = 'Change the trial, or run it on an embedded engine'
    throw new ConfigurationError({ asked: 'a trial on timely-rust', found, rule, remedy })
  }
}

/** The form that `program/src/trial.rs` reads. */
function encodeTrial({ config, pool: { bytes, offsets }, deadline }: Trial): readonly Buffer[] {
  const { workers, partitions, input, tick } = config
  const records = offsets.length - 1
  const { rate, duration } = input
  const numbers = [workers, partitions, rate, duration, tick, deadline, records]
  const header = Buffer.alloc(numbers.length * 8)
  numbers.forEach((number, at) => {
    header.writeBigUInt64LE(BigInt(number), at * 8)
  })
  return [header, viewOf(offsets), viewOf(bytes)]
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Lines: `commit output partition tick rows lane0 lane1 visible`, and `name number` for what the process used. */
function parseRecord(stdout: string): Omit<RunRecord, 'outcome' | 'error'> {
  const commits: VisibleCommit[] = []
  const counters: Record<string, number> = {}
  for (const line of stdout.split('\n')) {
    const [name, ...texts] = line.split(' ')
    const [output = 0, partition = 0, tick = 0, rows = 0, lane0 = 0, lane1 = 0, visibleAt = 0] =
      texts.map(Number)
    if (name === 'commit') {
      commits.push({ generation: 1, output, partition, tick, rows, lane0, lane1, visibleAt })
    } else if (name) counters[name] = output
  }
  const { memoryBytesMax, ...others } = counters
  // All workers are threads of one process. Where the system does not tell its memory there is no report: never a zero.
  const used = { process: 0, incarnation: 1, memoryBytesMax: memoryBytesMax ?? 0, counters: others }
  const processes = memoryBytesMax === undefined ? [] : [used]
  return { world: 'threads', commits, staleCommits: 0, rows: [], history: [], processes }
}

function lastLines(output: string | null, count: number): string {
  return (output ?? '').trim().split('\n').slice(-count).join('\n')
}
