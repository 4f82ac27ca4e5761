/** `fuzz`: random plans on both engines, compared with the interpreter. The campaign is in `experiments/campaign`. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseCount } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface FuzzFlags extends Pick<OutputFlags, 'results'> {
  readonly plans?: string
  readonly seed?: string
  readonly resume?: string
  readonly publish?: true
}

export function fuzzCommand(): Command {
  return new Command('fuzz')
    .summary('random plans on both engines, compared with the interpreter')
    .description(
      'Draws plans, inputs, schedules and kills, runs them on both engines in the simulated world on all cores, and compares with an interpreter of the plan that shares with the engines the functions of the plan and no operator; plans with loops run on timely alone, and where they may with a job for each round on dstream. What fails is shrunk, and the command that replays it is printed. Writes results/fuzz/<run-id>/: what is done is kept, and --resume goes on. Exit status: 1 when a plan failed, or when what must happen sometimes never did.',
    )
    .option('--plans <count>', 'of the whole campaign (default: 2_000)')
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--resume <folder>', 'goes on with the campaign of this folder')
    .option(
      '--publish',
      'puts what came of it into results/reference/fuzz and its README, to be committed',
    )
    .option('--results <folder>', 'where run folders are written (default: results)')
    .addHelpText('after', '\nExamples:\n  npm start -- fuzz --plans 100_000 --publish')
    .action(async (flags: FuzzFlags) => {
      const options = {
        plans: parseCount('plans', flags.plans ?? '2_000', { min: 1, max: 1e9 }),
        seed: parseSeed('seed', flags.seed ?? '1') % 2 ** 31,
        ...(flags.resume !== undefined && { resume: resolve(flags.resume) }),
        ...(flags.publish && { publish: flags.publish }),
      }
      const campaign = await import('../../campaign/command.ts')
      process.exitCode = await interruptible((signal) =>
        campaign.fuzzCommand(
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
