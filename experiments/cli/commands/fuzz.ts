/** `fuzz`: random trials under random faults, compared with the interpreter. The campaign is in `experiments/campaign`. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { ConfigurationError } from '../../../engines/core/errors.ts'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseCount } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface FuzzFlags extends Pick<OutputFlags, 'results'> {
  readonly seeds?: string
  readonly seed?: string
  readonly resume?: string
  readonly publish?: true
  readonly bug?: string
}

export function fuzzCommand(): Command {
  return new Command('fuzz')
    .summary('random plans under random faults, compared with the interpreter')
    .description(
      'Draws from each seed a plan, an input, a schedule, a cluster, an engine, a recovery mode and a fault plan, runs it in the simulated world on all cores, and checks it: what was committed against an interpreter of the plan that shares with the engines the functions of the plan and no operator, that the run goes on as long as its faults leave it a way to, the engines’ invariants, and of some that the trace is the same again. What fails is shrunk, and the command that replays it is printed. Writes results/fuzz/<run-id>/: what is done is kept, and --resume goes on. Exit status: 1 when a seed failed, when what must happen sometimes never did, or when the median seed tests too little.',
    )
    .option('--seeds <count>', 'of the whole campaign (default: 2_000; of a hunt: 5_000)')
    .option('--seed <seed>', 'the first one: up to 64 bits, or a git hash (default: 1)')
    .option('--resume <folder>', 'goes on with the campaign of this folder')
    .option(
      '--publish',
      'puts what came of it into results/reference/fuzz and its README, or of a hunt into experiments/planted-bugs, to be committed',
    )
    .option(
      '--bug <name>',
      'hunts a bug that is planted (experiments/planted-bugs), or all of those that are hunted: all',
    )
    .option('--results <folder>', 'where run folders are written (default: results)')
    .addHelpText(
      'after',
      '\nExamples:\n  npm start -- fuzz --seeds 100_000 --publish\n  npm start -- fuzz --bug all',
    )
    .action(async (flags: FuzzFlags) => {
      checkHunt(flags)
      const { seeds = flags.bug === undefined ? '2_000' : '5_000' } = flags
      const options = {
        trials: parseCount('seeds', seeds, { min: 1, max: 1e9 }),
        seed: parseSeed('seed', flags.seed ?? '1') % 2 ** 31,
        ...(flags.resume !== undefined && { resume: resolve(flags.resume) }),
        ...(flags.publish && { publish: flags.publish }),
      }
      process.exitCode = await interruptible(async (signal) => {
        const io = processIo({ signal, command: typedCommand(), results: resultsFolder(flags) })
        if (flags.bug !== undefined) {
          const { huntCommand } = await import('../../planted-bugs/hunt.ts')
          return huntCommand({ ...options, bug: flags.bug }, io)
        }
        const campaign = await import('../../campaign/command.ts')
        return campaign.fuzzCommand(options, io)
      })
    })
}

function checkHunt({ bug, resume }: FuzzFlags): void {
  if (bug === undefined || resume === undefined) return
  throw new ConfigurationError({
    asked: `--bug '${bug}' --resume`,
    found: 'a hunt that is to go on',
    rule: 'A hunt ends with the first seed that fails, and begins anew',
    remedy: 'Drop one of them',
  })
}
