/** The real program in a child process, for tests: as `npm start` starts it, with a folder of its own for all it writes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join('experiments', 'cli', 'main.ts')
const calls = join('experiments', 'cli', 'calls.fixture.ts')
const PREFLIGHT = ['--import', './experiments/preflight.mjs']

export interface CliResult {
  /** Exit status; a signal's name where one ended it. */
  readonly status: number | string | null
  readonly out: string
  readonly err: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Called with the child and what it has said on standard output so far, whenever it says more. */
  readonly onOutput?: (child: ChildProcess, out: string) => void
  /** A shell line before the program, such as a limit. */
  readonly shell?: string
  readonly input?: string | Buffer
  /** Called when all of the input has left. Standard input stays open then: it has no end. */
  readonly onInputLeft?: (child: ChildProcess) => void
  /** The program is the leader of a process group, to be signalled as a terminal does: with all its children. */
  readonly ownGroup?: boolean
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return run([main, ...args], options)
}

/**
 * Commands one after the other in one process: to start one for each takes far longer than to refuse it. Their results are in their
 * order.
 */
export async function callAll(
  commands: readonly (readonly string[])[],
  { env }: Pick<CliOptions, 'env'> = {},
): Promise<readonly CliResult[]> {
  const input = commands.map((words) => `${JSON.stringify(words)}\n`).join('')
  const { status, out, err } = await run([calls], { input, ...(env && { env }) })
  if (status !== 0) throw new Error(`${calls} ended with ${status}: ${err}`)
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CliResult)
}

interface Calls {
  readonly stdin: Writable
  readonly results: AsyncIterator<string>
}

/** Of a test file, begun with its first call. */
let shared: Calls | undefined

/**
 * A command in the process that all such commands of a test file share, one at a time: one of its own takes about as long to start as a
 * short trial. Whether it reads standard input, or is signalled, cannot be tried so, nor rows that a trial prints itself.
 */
export async function callCli(words: readonly string[]): Promise<CliResult> {
  shared ??= begunCalls()
  shared.stdin.write(`${JSON.stringify(words)}\n`)
  const { value, done } = await shared.results.next()
  if (done) throw new Error(`${calls} has ended in ${words.join(' ')}`)
  return JSON.parse(value) as CliResult
}

/** It ends with its standard input, when this process does, which it does not keep from that. */
function begunCalls(): Calls {
  const { DEBUG: _, ...env } = process.env
  const child = spawn(process.execPath, [...PREFLIGHT, calls], {
    cwd: root,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.unref()
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as Socket).unref()
  const lines = createInterface({ input: child.stdout })
  return { stdin: child.stdin, results: lines[Symbol.asyncIterator]() }
}

function run(words: readonly string[], options: CliOptions): Promise<CliResult> {
  const program = [...PREFLIGHT, ...words]
  const { shell, env, onOutput, input = '', onInputLeft, ownGroup = false } = options
  const [file, args] =
    shell === undefined
      ? [process.execPath, program]
      : ['sh', ['-c', `${shell}; exec "$@"`, 'sh', process.execPath, ...program]]
  const { DEBUG: _, ...inherited } = process.env
  const child = spawn(file, args, { cwd: root, env: { ...inherited, ...env }, detached: ownGroup })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    onOutput?.(child, out)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdin.on('error', () => undefined)
  if (onInputLeft === undefined) child.stdin.end(input)
  else child.stdin.write(input, () => onInputLeft(child))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ status: code ?? signal, out, err }))
  })
}

/** A folder that is removed when the test's scope ends. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'streamgauge-cli-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** A trial that takes next to nothing: 600 ms of virtual time, few records. */
export const TINY = [
  '--duration=400ms',
  '--warmup=200ms',
  '--interval=200ms',
  '--tick=100ms',
  '--rate=2k',
  '--records=500',
] as const
export const TINY_SIMULATED = [...TINY, '--world=simulated'] as const

/** The arguments, without those of an option: given twice it would be refused. */
export function without(option: string, args: readonly string[]): readonly string[] {
  return args.filter((arg) => !arg.startsWith(`${option}=`))
}
