/**
 * `replay`: runs again what a run’s manifest says, a simulated run from its seed, or a trial of a campaign, and compares
 * what came out.
 *
 * In the simulated world equal specifications give equal traces, byte for byte; on threads they give equal commits.
 */
import { Command } from 'commander'
import { ConfigurationError } from '../../../engines/core/errors.ts'
import { checkout, processIo } from '../../runner/command-io.ts'
import { commitsText } from '../../runner/committed.ts'
import { describeEnvironment } from '../../runner/environment.ts'
import { interruptible } from '../../runner/interruption.ts'
import { type RecordedOutcome, trialIdOf } from '../../runner/trial-run.ts'
import type { TrialOutcome } from '../../runner/trial-spec.ts'
import { findRun, type RecordedRun } from '../recorded-run.ts'
import { isSeed } from '../seed.ts'
import {
  addOutputOptions,
  type OutputFlags,
  performTrials,
  resultsFolder,
  statusOf,
  typedCommand,
} from '../trial-command.ts'
import { addTrialOptions, dashed, type TrialFlags } from '../trial-flags.ts'
import { resolveTrials } from '../trial-request.ts'

interface ReplayFlags extends TrialFlags, OutputFlags {
  readonly workload?: string
  readonly trace?: string
}

export function replayCommand(): Command {
  const command = new Command('replay')
    .summary('run again what a run or a seed says, and compare')
    .description(
      'Runs again exactly what the manifest of a run says (a run id, its folder, or latest), and compares: equal traces in the simulated world, equal commits on threads. Or replays a simulated run from a seed (64 bits, or a git hash) and the options of run. Or runs a trial of a campaign again, by the seed and path that fuzz printed, or all of a seed, and prints what is wrong with it. Exit status: 1 when something differs.',
    )
    .argument(
      '<what>',
      'a run id, a run folder, latest, with --workload a seed, or <seed>[:<path>] of a campaign',
    )
    .option('--workload <name>', 'with a seed: the workload')
    .option('--trace <hash>', 'with a seed: the trace that must come out')
  addOutputOptions(addTrialOptions(command))
  command.addHelpText(
    'after',
    `
Examples:
  npm start -- replay latest
  npm start -- replay 17:3:0
  npm start -- replay 42 --workload word-count --engine dstream --duration 3s`,
  )
  return command.action(async (what: string, flags: ReplayFlags) => {
    const isNew = flags.workload !== undefined || flags.plan !== undefined
    const place = isNew ? undefined : campaignPlaceOf(what)
    if (place !== undefined) process.exitCode = await replayPlace(what, place, flags)
    else if (isNew) process.exitCode = await replaySeed(what, flags)
    else process.exitCode = await replayRun(what, flags)
  })
}

interface CampaignPlace {
  readonly seed: number
  readonly path?: string
}

/** `17`, a chunk of a campaign; `17:3:0`, one of its trials. */
function campaignPlaceOf(what: string): CampaignPlace | undefined {
  const match = /^(\d{1,10})(?::(\d+(?::\d+)*))?$/.exec(what)
  if (match === null || Number(match[1]) >= 2 ** 31) return undefined
  const [, seed, path] = match
  return { seed: Number(seed), ...(path !== undefined && { path }) }
}

async function replayPlace(
  what: string,
  place: CampaignPlace,
  flags: ReplayFlags,
): Promise<number> {
  refuseOptions(what, flags)
  const campaign = await import('../../campaign/command.ts')
  return interruptible((signal) =>
    campaign.replayCommand(
      place,
      processIo({ signal, command: typedCommand(), results: resultsFolder(flags) }),
    ),
  )
}

async function replaySeed(text: string, flags: ReplayFlags): Promise<number> {
  if (flags.seed !== undefined || (flags.world ?? 'simulated') !== 'simulated') {
    throw new ConfigurationError({
      asked: `replay ${text} with ${flags.seed === undefined ? `--world ${flags.world}` : '--seed'}`,
      found: 'a seed to replay',
      rule: 'A seed is replayed in the simulated world, and there is one seed',
      remedy: 'Drop the option, or use run',
    })
  }
  const request = await resolveTrials(flags.workload, { ...flags, world: 'simulated', seed: text })
  const { outcomes } = await performTrials(request, flags, { replayOf: text })
  const { trace } = flags
  const differs = trace !== undefined && outcomes.some(({ traceHash }) => traceHash !== trace)
  if (differs) process.stderr.write(`differs: the trace is not ${trace}\n`)
  else if (trace !== undefined) note(flags, 'same trace')
  return differs ? 1 : statusOf(outcomes)
}

async function replayRun(what: string, flags: ReplayFlags): Promise<number> {
  refuseOptions(what, flags)
  const recorded = await findRun(what, resultsFolder(flags))
  const { outcomes } = await performTrials(recorded.request, flags, {
    replayOf: recorded.manifest.runId,
  })
  let differs = false
  let compared = true
  for (const [index, outcome] of outcomes.entries()) {
    const id = trialIdOf(recorded.request.specs[index]!, index)
    const before = recorded.outcomes[id]
    const found = differences(recorded, id, outcome)
    for (const line of found) process.stderr.write(`differs: ${line}\n`)
    if (found.length > 0) differs = true
    else if (before) note(flags, `${id}: ${sameAs(before, outcome)}`)
    else {
      compared = false
      note(flags, `${id}: nothing was recorded of it to compare with`)
    }
  }
  if (differs) explain(recorded)
  // What was not compared is not known to be the same.
  return differs ? 1 : Math.max(statusOf(outcomes), compared ? 0 : 2)
}

/** What of a trial is as it was, and no more. */
function sameAs(
  before: RecordedOutcome,
  { verdict, traceHash, commitsHash }: TrialOutcome,
): string {
  if (traceHash !== undefined) return `same trace ${traceHash} as recorded`
  const commits = commitsText(commitsHash)
  if (before.commitsHash !== commitsHash) {
    return `same verdict ${verdict} as recorded; its commits stop at a moment of real time`
  }
  if (commits === 'none') return `same verdict ${verdict} as recorded; no commits, then as now`
  return `same commits ${commits} as recorded`
}

/** What of a trial is not as it was. */
function differences(run: RecordedRun, id: string, now: TrialOutcome): readonly string[] {
  const before = run.outcomes[id]
  if (before === undefined) return []
  const pairs = [
    ['verdict', before.verdict, now.verdict],
    ['trace', before.traceHash, now.traceHash],
    // A run that did not complete stops at a moment of real time.
    ...(before.outcome === 'completed' || now.traceHash !== undefined
      ? [['commits', commitsText(before.commitsHash), commitsText(now.commitsHash)] as const]
      : []),
  ] as const
  return pairs
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]) => `${id}: ${name} was ${was ?? 'none'} and is ${is ?? 'none'}`)
}

/** Another source is the usual reason. */
function explain({ manifest }: RecordedRun): void {
  const { commit, dirty } = describeEnvironment(checkout)
  const recorded = manifest.environment
  if (recorded.commit !== commit || recorded.dirty || dirty) {
    process.stderr.write(
      `The run was made at ${recorded.commit ?? 'no commit'}${recorded.dirty ? ' with changes' : ''}; this is ${commit ?? 'no commit'}${dirty ? ' with changes' : ''}.\n`,
    )
  }
}

/** The manifest has every option already. */
function refuseOptions(what: string, flags: ReplayFlags): void {
  const { json, results, ...others } = flags
  const [given] = Object.keys(others)
  if (given === undefined) return
  throw new ConfigurationError({
    asked: `replay ${what} --${dashed(given)}`,
    found: isSeed(what) ? 'a seed without a workload' : 'an option of a new run',
    rule: isSeed(what)
      ? 'A seed is replayed with --workload and the options of run'
      : 'A replay takes everything from the manifest',
    remedy: isSeed(what) ? 'Add --workload' : 'Drop it, or use run',
  })
}

function note({ json }: ReplayFlags, line: string): void {
  const stream = json ? process.stderr : process.stdout
  stream.write(`${line}\n`)
}
