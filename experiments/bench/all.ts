/**
 * `npm start -- bench --all`: the rows that other commands measure are of their runs, and of the same commit. So first the main job
 * and `validate`, then all rows, those of ten minutes too.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { ExitStatus } from '../cli/exit-status.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { type BenchOptions, benchCommand } from './command.ts'

/** A command before the bench, and how long it takes. */
export interface Before {
  readonly name: string
  readonly takes: string
  run(io: CommandIo, seed: number): Promise<ExitStatus>
}

// Loaded when they run: a bench alone needs nothing of them.
const beforeBench: readonly Before[] = [
  {
    name: 'compare',
    takes: '3 minutes',
    run: async (io, seed) => (await import('../compare/command.ts')).compareCommand({ seed }, io),
  },
  {
    name: 'validate',
    takes: 'about 40 minutes',
    run: async (io, seed) => (await import('../validate/command.ts')).validateCommand({ seed }, io),
  },
]

/**
 * Exit status: the worst of all, 1 before 2.
 *
 * Errors: `ConfigurationError` where the commit is not what runs, since no row would be read from these runs.
 */
export async function benchAll(
  options: Pick<BenchOptions, 'repeats' | 'seed' | 'rows' | 'scale'>,
  io: CommandIo,
  before: readonly Before[] = beforeBench,
): Promise<ExitStatus> {
  const { commit, dirty } = io.environment()
  if (commit === null || dirty !== false) {
    throw new ConfigurationError({
      asked: 'all rows of the bench',
      found: commit === null ? 'no commit' : 'a checkout that was changed',
      rule: 'rows of compare and validate are read from runs of the very commit',
      remedy: 'Commit first',
    })
  }
  const first = before.map(({ name, takes }) => `${name} (${takes})`).join(', ')
  io.print(`${first}, then all rows of the bench (about four hours with 5 rounds).`)
  const statuses: ExitStatus[] = []
  for (const { run } of before) statuses.push(await run(io, options.seed ?? 1))
  statuses.push(await benchCommand({ ...options, long: true }, io))
  return statuses.find((status) => status === 1) ?? statuses.find((status) => status === 2) ?? 0
}
