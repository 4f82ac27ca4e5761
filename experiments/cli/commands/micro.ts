/** `micro`: what the kernels and seams cost on this machine. The experiment is in `experiments/micro`. */
import { Command } from 'commander'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

export function microCommand(): Command {
  return new Command('micro')
    .summary('what kernels and seams cost: the calibration of this machine')
    .description(
      'Times the kernels (tokenise, hash, combine) and the seams (codec, ring, progress update, task dispatch, commit), each by itself, and the wake-up of a parked thread. Prints medians; writes results/micro/<run-id>/ with calibration.json. A simulation has these costs with run --world simulated --calibration <file>, and nominal ones without; validate measures its own. Warns when the machine was busy.',
    )
    .option('--results <folder>', 'where run folders are written (default: results)')
    .action(async (flags: Pick<OutputFlags, 'results'>) => {
      const experiment = await import('../../micro/command.ts')
      process.exitCode = await interruptible((signal) =>
        experiment.microCommand(
          {},
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
