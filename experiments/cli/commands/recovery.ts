/** `recovery`: a worker is killed, and how long it takes to be back. The experiment is in `experiments/recovery`. */
import { Command } from 'commander'
import { demonstration, full } from '../../recovery/cases.ts'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface RecoveryFlags extends Pick<OutputFlags, 'results'> {
  readonly full?: boolean
  readonly seed?: string
  readonly figures: boolean
}

export function recoveryCommand(): Command {
  return new Command('recovery')
    .summary('a worker is killed: how long until each engine is back')
    .description(
      'Kills a worker of each engine while it counts the words of real text at half of what it sustains, and prints the phases of its recovery: detected, processing again, backlog and latency back in the band of before; beside them a trial of the same length in peace. Writes results/recovery/<run-id>/ with a figure. Exit status: of the verdicts; 2 when an engine was not seen to come back. About two and a half minutes on 2 cores, with --full about 20.',
    )
    .option('--full', 'what may be published: 21 kills of each engine, 10 s checkpoints')
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--no-figures', 'draw no figure')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .action(async (flags: RecoveryFlags) => {
      const options = {
        seed: parseSeed('seed', flags.seed ?? '1'),
        scale: flags.full === true ? full : demonstration,
        figures: flags.figures,
      }
      const experiment = await import('../../recovery/command.ts')
      process.exitCode = await interruptible((signal) =>
        experiment.recoveryCommand(
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
