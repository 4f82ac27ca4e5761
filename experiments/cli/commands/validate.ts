/** `validate`: how far simulation is from threads on this machine. The experiment is in `experiments/validate`. */
import { Command } from 'commander'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface ValidateFlags extends Pick<OutputFlags, 'results'> {
  readonly seed?: string
}

export function validateCommand(): Command {
  return new Command('validate')
    .summary('simulation against threads, with the costs of this machine')
    .description(
      'Times the kernels and seams of this machine, then runs the same configurations on threads and in simulation, with these costs fitted to loads below the limit for each workload, engine and number of workers, and prints how far apart they are: throughput, p50, p90, and p99 with the stalls replayed that were recorded on threads. Writes results/validate/<run-id>/ with the calibration. Exit status: 1 when a residual is beyond its bound (15 % of a throughput, 30 % of a p50 or p90), else of the verdicts of its trials. Takes about 40 minutes; needs the machine for itself.',
    )
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .action(async (flags: ValidateFlags) => {
      const seed = parseSeed('seed', flags.seed ?? '1')
      const experiment = await import('../../validate/command.ts')
      process.exitCode = await interruptible((signal) =>
        experiment.validateCommand(
          { seed },
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
