/** `verify`: are both engines right? The conformance suites and a bounded campaign of random trials. */
import { Command } from 'commander'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseCount } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface VerifyFlags extends Pick<OutputFlags, 'results'> {
  readonly seeds?: string
  readonly seed?: string
}

export function verifyCommand(): Command {
  return new Command('verify')
    .summary('the conformance suites, and random trials against the interpreter, with counts')
    .description(
      'Runs the suites that every engine must pass (vitest run experiments/conformance), then a campaign of random trials as fuzz does, and prints the counts of both. Exit status: 1 when anything failed.',
    )
    .option('--seeds <count>', 'of the campaign (default: 500)')
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .action(async (flags: VerifyFlags) => {
      const options = {
        trials: parseCount('seeds', flags.seeds ?? '500', { min: 1, max: 1e9 }),
        seed: parseSeed('seed', flags.seed ?? '1') % 2 ** 31,
      }
      const { verifyCommand: verify } = await import('../../campaign/verify.ts')
      process.exitCode = await interruptible((signal) =>
        verify(
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
