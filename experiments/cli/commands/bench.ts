/** `bench`: how fast the engines are, as ratios within one run. The experiment is in `experiments/bench`. */
import { Command } from 'commander'
import { ConfigurationError } from '../../../engines/core/errors.ts'
import { benchRows } from '../../bench/rows.ts'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseCount, parseNames } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface BenchFlags extends Pick<OutputFlags, 'results'> {
  readonly rows?: string
  readonly repeats?: string
  readonly long?: boolean
  readonly all?: boolean
  readonly seed?: string
}

export function benchCommand(): Command {
  const names = benchRows.map(({ name }) => name)
  return new Command('bench')
    .summary('how fast, as ratios to plain loops in one run')
    .description(
      'Measures the engines and plain loops in turns and prints ratios, medians with intervals, with what must be reached. Writes results/bench/<run-id>/. Exit status: 1 when a row fails, 2 when one has no valid trial or is not measured.',
    )
    .option('--rows <names>', 'some rows, with commas between (default: all)')
    .option('--repeats <count>', 'of each measurement; 5 or more to be believed (default: 5)')
    .option('--long', 'memory and false alarms over 10 minutes, and survivors, too')
    .option(
      '--all',
      'every row in one command: compare and validate first, in this commit, then the bench with --long; about five hours',
    )
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .addHelpText('after', `\nRows: ${names.join(', ')}`)
    .action(async (flags: BenchFlags) => {
      if (flags.all && flags.rows !== undefined) {
        throw new ConfigurationError({
          asked: '--all',
          found: `--rows ${flags.rows} beside it`,
          rule: '--all measures every row',
          remedy: 'Leave one of them out',
        })
      }
      const options = {
        rows: parseNames('rows', flags.rows ?? 'all', names),
        repeats: parseCount('repeats', flags.repeats ?? '5', { min: 1, max: 1_000 }),
        long: flags.long ?? false,
        seed: parseSeed('seed', flags.seed ?? '1'),
      }
      const command = flags.all
        ? (await import('../../bench/all.ts')).benchAll
        : (await import('../../bench/command.ts')).benchCommand
      process.exitCode = await interruptible((signal) =>
        command(
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
