/** `run`: one trial of a workload, on one engine or on both, with a report and a run folder. */
import { Command } from 'commander'
import { differingAnswers } from '../bounded-option.ts'
import { resumedInput } from '../resume-option.ts'
import {
  addOutputOptions,
  type OutputFlags,
  performTrials,
  resultsFolder,
  statusOf,
} from '../trial-command.ts'
import { addTrialOptions, type TrialFlags } from '../trial-flags.ts'
import { resolveTrials } from '../trial-request.ts'
import { WORKLOAD_NAMES } from '../workload-option.ts'

export function runCommand(): Command {
  const command = new Command('run')
    .summary('run one workload once and judge it')
    .description(
      'Runs a workload, or a plan of your own, once, on one engine or on both, in a fresh process each; judges it against its oracle, prints a report and writes results/run/<run-id>/. Exit status: 0 valid, 1 invalid or a mistake of yours, 2 unknown.',
    )
    .argument('[workload]', `${WORKLOAD_NAMES.join(', ')}; or a plan of your own, with --plan`)
  addOutputOptions(addTrialOptions(command))
  command.addHelpText(
    'after',
    `
Examples:
  npm start -- run word-count --engine timely --rate 1M/s --duration 5s
  npm start -- run top-k --window 10s --history 10s --input state-of-the-union
  npm start -- run word-count --bounded --input state-of-the-union
  npm start -- run connected-components --engine dstream --bounded --iterations-as-jobs --records 50k
  npm start -- run page-views --input http://localhost:8080/events --interval 100ms
  npm start -- run page-views --input visits.csv.gz --strict
  npm start -- run --plan workloads/examples/visitors.ts#visitors --input visits.csv.gz
  npm start -- run page-views --input logs --follow --duration 10m
  npm start -- run page-views --resume latest
  npm start -- run late-views --disorder 2s@25% --rate 20k/s
  cat text | npm start -- run word-count --engine timely --input - --save -
  npm start -- run top-k --engine dstream --duration 5s --save rows
  npm start -- run word-count --engine dstream --duration 5s --query 'counts every 500ms top 5'
  npm start -- run word-count --world simulated --recovery checkpoint --fault 'kill worker 1 at 3s' --seed 42
  npm start -- run word-count --world simulated --engine dstream --nodes 20 --cores 4 --scale 1000 --rate 5M/s --tick 1s
  npm start -- run grep --world simulated --calibration results/micro/latest/calibration.json`,
  )
  return command.action(async (workload: string | undefined, flags: TrialFlags & OutputFlags) => {
    const { resume } = flags
    const resumed =
      resume === undefined ? undefined : resumedInput({ ...flags, resume }, resultsFolder(flags))
    const request = await resolveTrials(workload, flags, resumed)
    const { outcomes } = await performTrials(request, flags)
    const differing = differingAnswers(outcomes)
    for (const line of differing) process.stderr.write(`differs: ${line}\n`)
    process.exitCode = differing.length > 0 ? 1 : statusOf(outcomes)
  })
}
