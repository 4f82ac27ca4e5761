/**
 * Hunts planted bugs with random trials, the test bench on trial itself: a bug is planted in every thread of a campaign, which ends with
 * the first trial that fails. How many that took says how well such bugs are found.
 */
import { availableParallelism } from 'node:os'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { nearest } from '../../engines/core/nearest.ts'
import { runCampaign } from '../campaign/campaign.ts'
import { type ChunkResult, TRIALS_PER_CHUNK } from '../campaign/chunk.ts'
import { type CommandIo, shownPath } from '../runner/command-io.ts'
import { BUGS } from './bugs.ts'
import { type Find, keepFinds } from './finds.ts'

/** Those that no named run of the battery is for. */
export const HUNTED: readonly string[] = BUGS.filter(({ caughtBy }) => caughtBy === 'seeds').map(
  ({ name }) => name,
)

const ALL = 'all'

export interface HuntOptions {
  /** Its name, or all that are hunted. */
  readonly bug: string
  readonly seed: number
  readonly trials: number
  /** Whether what was found is put where it is committed. */
  readonly publish?: true
}

/** What is left of shrinking then is left. */
const SHRINK_MS = 30_000

/** Prints each find, and how many trials they took. Returns 1 if one was not found. */
export async function huntCommand(
  { bug, seed, trials, publish }: HuntOptions,
  { print, signal }: Pick<CommandIo, 'print' | 'signal'>,
): Promise<0 | 1> {
  const bugs = bug === ALL ? HUNTED : [checkedName(bug)]
  const finds: Find[] = []
  for (const name of bugs) {
    const find = await hunt(name, { seed, trials, signal })
    if (find === undefined) print(`not found in ${trials} seeds: ${name}`)
    else {
      finds.push(find)
      print(findLine(find))
    }
    // An hour's hunts are not lost with the last of them.
    if (publish && find !== undefined) keepFinds([find], HUNTED)
  }
  print(`${finds.length} of ${bugs.length} found; ${spreadOf(finds)}`)
  if (publish) print(`kept: ${shownPath(keepFinds([], HUNTED))}`)
  return finds.length === bugs.length ? 0 : 1
}

async function hunt(
  bug: string,
  { seed, trials, signal }: Pick<HuntOptions, 'seed' | 'trials'> & Pick<CommandIo, 'signal'>,
): Promise<Find | undefined> {
  const failed: ChunkResult[] = []
  await runCampaign({
    seed,
    trials,
    threads: availableParallelism(),
    bug,
    failuresMax: 1,
    shrinkMs: SHRINK_MS,
    signal,
    finished: (result) => {
      if (result.failure !== undefined) failed.push(result)
    },
  })
  // Chunks before the first one that failed are all done.
  const [first] = failed.sort((a, b) => a.seed - b.seed)
  if (first === undefined) return undefined
  const { path, problems, trial } = first.failure!
  // A thread that cannot be started has found nothing.
  if (path === undefined || trial === undefined) throw new Error(`${bug}: ${problems}`)
  return {
    bug,
    seeds: (first.seed - seed) * TRIALS_PER_CHUNK + first.trials,
    place: `${first.seed}:${path}`,
    problem: problems.split('\n')[0]!.slice(0, 300),
    trial: JSON.parse(JSON.stringify(trial)) as typeof trial,
  }
}

function checkedName(bug: string): string {
  const names = BUGS.map(({ name }) => name)
  if (names.includes(bug)) return bug
  const near = nearest(bug, names)
  throw new ConfigurationError({
    asked: `--bug '${bug}'`,
    found: 'no such bug',
    rule: 'A bug has its name in experiments/planted-bugs/bugs',
    remedy: near === undefined ? `Give one of them, or ${ALL}` : `Did you mean '${near}'`,
  })
}

function findLine({ bug, seeds, place, problem, trial }: Find): string {
  const { faults, lines } = trial
  return `found after ${seeds} seeds, at ${place} (${faults.length} faults, ${lines.length} lines): ${bug}: ${problem}`
}

function spreadOf(finds: readonly Find[]): string {
  const seeds = finds.map((find) => find.seeds).sort((a, b) => a - b)
  if (seeds.length === 0) return 'no seeds'
  const median = seeds[(seeds.length - 1) >> 1]!
  return `after ${median} seeds in the median, ${seeds.at(-1)} at most`
}
