/** `compare`, the main job: what `npm start` alone does. The experiment is in `experiments/compare`. */
import { Command } from 'commander'
import { ENGINES } from '../../../engines/index.ts'
import { compareCases, fullScale, quickScale } from '../../compare/cases.ts'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseNames } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface CompareFlags extends Pick<OutputFlags, 'results'> {
  readonly full?: boolean
  readonly cases?: string
  readonly engine?: string
  readonly seed?: string
  readonly figures: boolean
}

export function compareCommand(): Command {
  const names = compareCases.map(({ name }) => name)
  return new Command('compare')
    .summary('the main job: both engines on four workloads over real text')
    .description(
      'Compares both engines on real text: the highest rate sustained under a 1 s bound, latencies at half that rate and at one common rate, the single-thread baseline, the verdict. About 3 minutes on 2 cores; with --full about seven hours (one to two and a half a case). Prints tables; writes results/compare/<run-id>/ with figures.',
    )
    .option(
      '--full',
      'what may be published: 60 s are measured a trial, rates held three times, 10 trials a load, 20 kills of each engine',
    )
    .option('--cases <names>', `some of ${names.join(', ')}, with commas between (default: all)`)
    .option('--engine <names>', `some of ${ENGINES.join(', ')} (default: all)`)
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--no-figures', 'draw no figures')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .action(async (flags: CompareFlags) => {
      const options = {
        cases: parseNames('cases', flags.cases ?? 'all', names),
        scale: flags.full === true ? fullScale : quickScale,
        engines: parseNames('engine', flags.engine ?? 'all', ENGINES),
        seed: parseSeed('seed', flags.seed ?? '1'),
        figures: flags.figures,
      }
      // Drawing figures takes libraries that no other command should wait for.
      const experiment = await import('../../compare/command.ts')
      process.exitCode = await interruptible((signal) =>
        experiment.compareCommand(
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
