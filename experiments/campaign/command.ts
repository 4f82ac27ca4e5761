/**
 * `fuzz`: a campaign of random trials, resumable; `verify`: conformance and a bounded campaign; `replay`: a trial or a chunk of
 * one again.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runIdOf } from '../../results/writer.ts'
import type { ExitStatus } from '../cli/exit-status.ts'
import { type CommandIo, shownPath } from '../runner/command-io.ts'
import { ProgressLine, progressText } from '../runner/progress-line.ts'
import { runCampaign } from './campaign.ts'
import { runRandomTrial } from './checked-trial.ts'
import { type ChunkResult, runChunk, TRIALS_PER_CHUNK, trialAt } from './chunk.ts'
import {
  addProgress,
  beginProgress,
  type CampaignHead,
  checkResumed,
  readProgress,
} from './progress-file.ts'
import { checkPublishable, publish, SUMMARY_FILE, summaryText } from './publication.ts'
import {
  type CampaignSummary,
  failureLines,
  isRight,
  replayOf,
  reportOf,
  runLines,
  summaryOf,
  trialText,
} from './report.ts'

export interface FuzzOptions {
  readonly trials: number
  readonly seed: number
  /** Folder of a campaign that goes on; its seed counts. */
  readonly resume?: string
  /** Whether what came of it is put where it is committed, once all of it is done. */
  readonly publish?: true
}

type Io = Pick<
  CommandIo,
  'print' | 'progress' | 'signal' | 'elapsedMs' | 'now' | 'environment' | 'results'
>

export async function fuzzCommand(options: FuzzOptions, io: Io): Promise<ExitStatus> {
  return isRight(await fuzz(options, io)) ? 0 : 1
}

/** Runs a campaign, or what is left of one, and prints what came of it. */
export async function fuzz(options: FuzzOptions, io: Io): Promise<CampaignSummary> {
  const now = headOf(options.seed, io)
  const resumed = options.resume === undefined ? undefined : readProgress(options.resume)
  if (resumed !== undefined) checkResumed(resumed.head, now)
  const head = resumed?.head ?? now
  if (options.publish) checkPublishable(head)
  const folder = options.resume ?? join(io.results, 'fuzz', runIdOf(head.startedAt, head.commit))
  if (resumed === undefined) beginProgress(folder, head)
  io.print(`campaign: ${shownPath(folder)}, seed ${head.seed}`)
  // A chunk that failed is run again: it may be mended by what is not in the commit.
  const results = (resumed?.results ?? []).filter(({ failure }) => failure === undefined)
  const before = results.length
  const line = new ProgressLine(io.progress)
  const startMs = io.elapsedMs()
  const chunks = Math.ceil(options.trials / TRIALS_PER_CHUNK)
  try {
    await runCampaign({
      seed: head.seed,
      trials: options.trials,
      threads: availableParallelism(),
      done: new Set(results.map(({ seed }) => seed)),
      signal: io.signal,
      finished: (result) => {
        addProgress(folder, result)
        results.push(result)
        if (result.failure !== undefined) tellFailure(result, line)
        const elapsed = io.elapsedMs() - startMs
        line.starts(progressText(results.length - before, chunks - before, elapsed))
      },
    })
  } catch (error) {
    line.end()
    if (io.signal.aborted) {
      const publishing = options.publish ? ' --publish' : ''
      io.print(
        `go on: npm start -- fuzz --seeds ${options.trials} --resume ${shownPath(folder)}${publishing}`,
      )
    }
    throw error
  }
  line.end()
  const summary = summaryOf(head, results, io.now())
  writeFileSync(join(folder, SUMMARY_FILE), summaryText(summary))
  for (const text of reportOf(summary)) io.print(text)
  io.print(`summary: ${shownPath(join(folder, SUMMARY_FILE))}`)
  if (options.publish && results.length >= chunks) {
    io.print(`published: ${shownPath(publish(io.results, summary))}`)
  } else if (options.publish) {
    io.print(`not published: it ended after ${results.length} of ${chunks} chunks`)
  }
  return summary
}

/** One trial, by seed and path; or the whole chunk of a seed. Prints what it is, and what is wrong with it. */
export async function replayCommand(
  { seed, path }: { readonly seed: number; readonly path?: string },
  io: Pick<CommandIo, 'print' | 'now' | 'environment'>,
): Promise<ExitStatus> {
  if (path === undefined) {
    const result = await runChunk({ seed, trials: TRIALS_PER_CHUNK, shrinkMs: 60_000 })
    const summary = summaryOf(headOf(seed, io), [result], io.now())
    for (const text of reportOf(summary)) io.print(text)
    return isRight(summary) ? 0 : 1
  }
  const trial = await trialAt(seed, path)
  const { problems, seen } = await runRandomTrial(trial)
  if (problems.length === 0) {
    io.print(`nothing is wrong with ${seed}:${path}`)
    io.print(trialText(trial))
  } else {
    const failure = { problems: problems.join('\n'), trial, replay: replayOf(seed, { path }) }
    for (const text of failureLines(failure)) io.print(text)
  }
  for (const line of await runLines(trial)) io.print(line)
  io.print(`seen: ${seen.join(', ') || 'nothing rare'}`)
  return problems.length > 0 ? 1 : 0
}

function headOf(seed: number, { environment, now }: Pick<CommandIo, 'environment' | 'now'>) {
  const { commit, dirty, node } = environment()
  const head: CampaignHead = {
    seed,
    trialsPerChunk: TRIALS_PER_CHUNK,
    commit,
    dirty,
    node,
    startedAt: now(),
  }
  return head
}

function tellFailure({ seed, failure }: ChunkResult, line: ProgressLine): void {
  line.finished(`FAILED: ${failure!.problems.split('\n')[0]}: ${replayOf(seed, failure!)}`)
}
