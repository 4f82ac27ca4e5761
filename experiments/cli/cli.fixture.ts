/** The real program in a child process, for tests: as `npm start` starts it, with a folder of its own for all it writes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join('experiments', 'cli', 'main.ts')
const calls = join('experiments', 'cli', 'calls.fixture.ts')

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
 * Commands that begin nothing, one after the other in one process: to start one for each takes far longer than to refuse it. Their
 * results are in their order.
 */
export async function callAll(
  commands: readonly (readonly string[])[],
  { env }: Pick<CliOptions, 'env'> = {},
): Promise<readonly CliResult[]> {
  const input = JSON.stringify(commands)
  const { status, out, err } = await run([calls], { input, ...(env && { env }) })
  if (status !== 0) throw new Error(`${calls} ended with ${status}: ${err}`)
  return JSON.parse(out) as readonly CliResult[]
}

function run(words: readonly string[], options: CliOptions): Promise<CliResult> {
  const program = ['--import', './experiments/preflight.mjs', ...words]
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
