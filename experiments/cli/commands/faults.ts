/** `recovery`, `price`, `straggler` and the like: a command for each experiment around faults (`experiments/faults`). */
import { Command } from 'commander'
import type { FaultDesign } from '../../faults/design.ts'
import { DESIGNS } from '../../faults/designs.ts'
import { processIo } from '../../runner/command-io.ts'
import { interruptible } from '../../runner/interruption.ts'
import { parseNames } from '../options.ts'
import { parseSeed } from '../seed.ts'
import { type OutputFlags, resultsFolder, typedCommand } from '../trial-command.ts'

interface FaultsFlags extends Pick<OutputFlags, 'results'> {
  readonly full?: boolean
  readonly arms?: string
  readonly seed?: string
  readonly figures: boolean
}

export function faultsCommands(): readonly Command[] {
  return DESIGNS.map(commandOf)
}

function commandOf(design: FaultDesign): Command {
  const { name, summary, description, arms } = design
  const names = arms.map((arm) => arm.name)
  return new Command(name)
    .summary(summary)
    .description(`${description} Writes results/${name}/<run-id>/ with a figure.`)
    .option('--full', 'what may be published: 20 injections an arm or more, at random phases')
    .option('--arms <names>', 'some arms, with commas between (default: those of the scale)')
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
    .option('--no-figures', 'draw no figure')
    .option('--results <folder>', 'where run folders are written (default: results)')
    .addHelpText('after', `\nArms: ${names.join(', ')}`)
    .action(async (flags: FaultsFlags) => {
      const options = {
        seed: parseSeed('seed', flags.seed ?? '1'),
        scale: flags.full === true ? design.full : design.demonstration,
        ...(flags.arms === undefined ? {} : { arms: parseNames('arms', flags.arms, names) }),
        figures: flags.figures,
      }
      const experiment = await import('../../faults/command.ts')
      process.exitCode = await interruptible((signal) =>
        experiment.faultsCommand(
          design,
          options,
          processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
        ),
      )
    })
}
