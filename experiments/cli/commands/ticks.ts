/** `ticks`: which ticks compare should use. The experiment is in `experiments/ticks`. */
import { Command } from 'commander'
import { compareCases } from '../../compare/cases.ts'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseCount, parseNames } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface TicksFlags extends Pick<OutputFlags, 'results'> {
  readonly cases?: string
  readonly repeats?: string
  readonly seed?: string
  readonly figures: boolean
}

export function ticksCommand(): Command {
  const names = compareCases.map(({ name }) => name)
  return new Command('ticks')
    .summary('a ladder of epochs and batches: pace and latency by tick')
    .description(
      'Tries ticks from 5 to 500 ms on both engines in the cases of compare: the pace under overload, the load near it that is held, p50 and p99 at half load. Chooses ticks for compare, by one rule for both. About 20 minutes on 2 cores, which it needs for itself. Writes results/ticks/<run-id>/ with a figure. Exit status: 1 when an output is wrong, 2 when no tick of the ladder will do.',
    )
    .option('--cases <names>', `some of ${names.join(', ')}, with commas between (default: all)`)
    .option('--repeats <count>', 'tries of the ticks that the rule compares (default: 3)')
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--no-figures', 'draw no figure')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .action(async (flags: TicksFlags) => {
      const options = {
        cases: parseNames('cases', flags.cases ?? 'all', names),
        repeats: parseCount('repeats', flags.repeats ?? '3', { min: 1, max: 100 }),
        seed: parseSeed('seed', flags.seed ?? '1'),
        figures: flags.figures,
      }
      const experiment = await import('../../ticks/command.ts')
      process.exitCode = await interruptible((signal) =>
        experiment.ticksCommand(
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
