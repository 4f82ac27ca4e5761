/**
 * Runs a trial in a fresh process, so that it inherits no heap, no compiled code and no threads (METHOD 10).
 *
 * The specification goes in by a file, since standard input may be the trial's to read; the outcome comes back as the last
 * line of standard output; what the trial writes on standard error is told if it dies. When this process is told to stop, so
 * is the trial; one that goes on for far longer than it may is ended (`child-limits.ts`). Its temporary files lie in a folder of
 * its own, which is removed however it ended. When this process is killed without being told, the trial sees that the channel
 * between the two has closed, removes the folder and ends (`parent-watch.ts`): at once on threads, and where it works on without a
 * pause, as in the simulated world, when it has its outcome.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigurationError, type DeadlineError } from '../../engines/core/errors.ts'
import { endedFromWithin } from '../../engines/core/world/endings.ts'
import { ALLOWANCE_MS, tookTooLong, trialLimitMs } from './child-limits.ts'
import { errorOf, type TrialFailure, UNMEASURED } from './trial-failure.ts'
import {
  ANSWER_LINE,
  CLOSABLE,
  JUDGING_LINE,
  type Judging,
  PRINTED,
  type ShownAnswer,
  STEPPED_LINE,
  type TrialOutcome,
  type TrialSpec,
} from './trial-spec.ts'

const preflight = fileURLToPath(new URL('../preflight.mjs', import.meta.url))
const program = fileURLToPath(new URL('./trial-process.ts', import.meta.url))

/** Time that a trial has to go when it is told to, before it is ended without asking. */
const STOP_TIMEOUT_MS = 2_000

/**
 * For glibc: one heap for all threads. What engines work on lies in the run's memory; of what is allocated beside it, such as
 * checkpoints on their way to storage, each thread's heap would keep its own peak. And what is larger than 128 KiB lies outside of it, and
 * goes back when it is freed: by default that limit rises to the largest that was ever freed, and checkpoints of a MiB and more, each somewhat
 * larger than the last, leave gaps in the heap that small things keep open (53 MiB after seven minutes).
 */
export const ALLOCATOR = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' }

/**
 * A thread's old generation may fill up to this before its first full collection, in MiB. V8's own start is hundreds: what lives
 * for seconds, such as lineage, is garbage there for the whole of a run, and a longer run holds more of it.
 */
const OLD_SPACE = '--initial-old-space-size=16'

/**
 * From one full collection to the next, a thread's old generation may grow by half of what lives in it, in percent, or by V8's least
 * step if that is more. V8's own factor, 1.1 to 4, follows how fast it was measured to be: now and then a worker's next cycle is
 * twice as long, and of its pages, since something lives on most of them, few are given back in all the rest of a run.
 */
const OLD_SPACE_GROWTH = '--heap-growing-percent=50'

/**
 * Kernels are compiled to the end when they are loaded, before the clock starts. V8 would compile each when it is first called, fast
 * and to slow code, and once more beside the run: a run that is over in a third of a second had that code for half of it.
 */
const WHOLE_KERNELS = ['--no-liftoff', '--no-wasm-lazy-compilation']

export const TRIAL_FLAGS: readonly string[] = [OLD_SPACE, OLD_SPACE_GROWTH, ...WHOLE_KERNELS]

export interface TrialControl {
  /** Ends the trial: it has no outcome then. */
  readonly signal?: AbortSignal | undefined
  /** Closes a trial that can be closed (`isClosable`): its outcome is that of what had arrived, or of the ticks that were whole. */
  readonly closing?: AbortSignal | undefined
  /** The trial's process has loaded and begins. */
  readonly started?: () => void
  /** Called with each answer to a query, as it comes. */
  readonly answered?: (answer: ShownAnswer) => void
  /** Called when the run is judged, and then now and then while that goes on. */
  readonly judging?: (judging: Judging) => void
  /** Real time after which its process is ended; default `trialLimitMs`. */
  readonly limitMs?: number
}

/**
 * The outcome of the trial.
 *
 * Rejects with what kept the trial from starting, with a signal's reason when it was told to stop, or was closed
 * before there was a line or a whole tick to measure (the process is gone by then), with a `DeadlineError` when the process went on for longer than it may,
 * with a `UserFunctionError` when a function of the plan ended it, and with a plain `Error` when it died.
 */
export async function runIsolated(
  spec: TrialSpec,
  control: TrialControl = {},
): Promise<TrialOutcome> {
  const { signal, closing } = control
  signal?.throwIfAborted()
  closing?.throwIfAborted()
  const folder = temporaryFolder()
  try {
    const { status, output, complaint } = await runProcess(spec, folder, control)
    signal?.throwIfAborted()
    const last = output.trimEnd().split('\n').at(-1) ?? ''
    if (status === 0 && last.startsWith('{')) {
      const answer = JSON.parse(last) as TrialOutcome | { readonly failure: TrialFailure }
      if ('failure' in answer) {
        if (answer.failure.code === UNMEASURED) closing?.throwIfAborted()
        throw errorOf(answer.failure)
      }
      if (answer.errorCode === 'input') closing?.throwIfAborted()
      return answer
    }
    // It was told to close before it could hear.
    closing?.throwIfAborted()
    const trial = `a trial (${spec.engine}, ${spec.workload})`
    if (typeof status === 'number' && complaint.trim() === '') {
      throw endedFromWithin(`the process of ${trial}`, status)
    }
    throw new Error(
      `the process of ${trial} ended with status ${status}: ${complaint.trim() || 'it wrote no outcome'}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Fails before anything is measured where no trial could have a folder. */
export function checkTemporaryFolder(): void {
  rmSync(temporaryFolder(), { recursive: true, force: true })
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'streamgauge-trial-'))
  } catch (error) {
    throw folderFault(error)
  }
}

function folderFault(error: unknown): ConfigurationError {
  return new ConfigurationError({
    asked: `make a folder for a trial in ${tmpdir()}`,
    found: (error as NodeJS.ErrnoException).code ?? String(error),
    rule: 'A trial keeps what is temporary in a folder of its own',
    remedy: 'Name a folder that can be written by TMPDIR',
  })
}

interface EndedProcess {
  /** Exit status, or the signal that ended it. */
  readonly status: number | string | null
  readonly output: string
  /** The end of its standard error. */
  readonly complaint: string
}

async function runProcess(
  spec: TrialSpec,
  folder: string,
  { signal, closing, started, answered, judging, limitMs = trialLimitMs(spec) }: TrialControl,
): Promise<EndedProcess> {
  const file = join(folder, 'trial.json')
  try {
    writeFileSync(file, JSON.stringify(spec))
  } catch (error) {
    throw folderFault(error)
  }
  const words = [program, file, ...(closing === undefined ? [] : [CLOSABLE])]
  const child = spawn(process.execPath, [...TRIAL_FLAGS, '--import', preflight, ...words], {
    stdio: [
      spec.input.live?.kind === 'stdin' ? 'inherit' : 'ignore',
      'pipe',
      'pipe',
      // As PRINTED_FILE: rows go past this process, at the pace of who reads them.
      spec.saved === PRINTED ? 1 : 'ignore',
      // Nothing is said over it: it closes when this process is gone.
      'ipc',
    ],
    env: { ...process.env, ...ALLOCATOR, TMPDIR: folder, TEMP: folder, TMP: folder },
  })
  let ending: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.kill('SIGTERM')
    ending = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  }
  const close = (): void => void child.kill('SIGTERM')
  // A second signal: this process ends at once, and nothing else of it runs.
  const leave = (): void => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  signal?.addEventListener('abort', stop, { once: true })
  closing?.addEventListener('abort', close, { once: true })
  process.once('exit', leave)
  let output = ''
  /** Of a line that is not whole. */
  let rest = ''
  let complaint = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') started?.()
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (line.startsWith(ANSWER_LINE)) answered?.(JSON.parse(line.slice(ANSWER_LINE.length)))
      else if (line === STEPPED_LINE) limit?.refresh()
      else if (line.startsWith(JUDGING_LINE)) {
        // From now on it has its time from line to line, however many there are.
        endAfter(limitMs === undefined ? undefined : ALLOWANCE_MS)
        judging?.(JSON.parse(line.slice(JUDGING_LINE.length)))
      } else output += `${line}\n`
    }
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-8_000)
  })
  let late: DeadlineError | undefined
  let limit: NodeJS.Timeout | undefined
  const endAfter = (ms: number | undefined): void => {
    clearTimeout(limit)
    if (ms === undefined) return
    limit = setTimeout(() => {
      late = tookTooLong(`a trial (${spec.engine}, ${spec.workload})`, ms, complaint)
      child.kill('SIGKILL')
    }, ms)
  }
  endAfter(limitMs)
  try {
    return await new Promise<EndedProcess>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', () => {
        if (late !== undefined) reject(late)
      })
      child.on('close', (code, name) =>
        resolve({ status: code ?? name, output: output + rest, complaint }),
      )
    })
  } finally {
    clearTimeout(ending)
    clearTimeout(limit)
    signal?.removeEventListener('abort', stop)
    closing?.removeEventListener('abort', close)
    process.off('exit', leave)
  }
}
