/**
 * The progress of a campaign: a file of JSON lines, a head and then a line for each chunk that ended, so that a campaign goes
 * on where it was whoever stopped it.
 *
 * A last line that was cut off is not there. Chunks are only added to what the same commit has done: other sources draw other
 * trials from a seed, and are right or wrong for themselves.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, ResultError } from '../../engines/core/errors.ts'
import type { ChunkResult } from './chunk.ts'

export const PROGRESS_FILE = 'progress.jsonl'

export interface CampaignHead {
  readonly seed: number
  readonly trialsPerChunk: number
  /** Null where it is not known. */
  readonly commit: string | null
  readonly dirty: boolean | null
  readonly node: string
  readonly startedAt: string
}

export interface CampaignProgress {
  readonly head: CampaignHead
  readonly results: readonly ChunkResult[]
}

export function beginProgress(folder: string, head: CampaignHead): void {
  written(folder, () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, PROGRESS_FILE), lineOf(head), { flag: 'wx' })
  })
}

export function addProgress(folder: string, result: ChunkResult): void {
  written(folder, () => appendFileSync(join(folder, PROGRESS_FILE), lineOf(result)))
}

/** Errors: `ConfigurationError` where there is none, `ResultError` for what no campaign has written. */
export function readProgress(folder: string): CampaignProgress {
  const path = join(folder, PROGRESS_FILE)
  if (!existsSync(path)) {
    throw new ConfigurationError({
      asked: `a campaign in ${folder}`,
      found: `no ${PROGRESS_FILE}`,
      rule: 'A campaign is resumed from the folder that fuzz has named',
      remedy: 'Give that folder, or begin a new one without --resume',
    })
  }
  const whole = readFileSync(path, 'utf8')
  // A line that was cut off has no end; what is added later must not become a part of it.
  const text = whole.slice(0, whole.lastIndexOf('\n') + 1)
  if (text !== whole) writeFileSync(path, text)
  try {
    const [head, ...results] = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line))
    if (!isHead(head)) throw new Error('its first line is no head')
    return { head, results: results as readonly ChunkResult[] }
  } catch (cause) {
    throw new ResultError(
      {
        asked: `read ${PROGRESS_FILE} in ${folder}`,
        found: cause instanceof Error ? cause.message : String(cause),
        rule: 'It has a head, and a line for each chunk',
        remedy: 'Begin a new campaign',
      },
      { folder },
      cause,
    )
  }
}

/** Errors: `ConfigurationError` where a campaign is to go on from other sources. */
export function checkResumed(
  head: CampaignHead,
  now: Pick<CampaignHead, 'commit' | 'trialsPerChunk'>,
): void {
  if (head.commit === now.commit && head.trialsPerChunk === now.trialsPerChunk) return
  throw new ConfigurationError({
    asked: `resume the campaign of ${head.commit ?? 'no commit'}`,
    found: now.commit ?? 'no commit',
    rule: 'A campaign is of one commit: of other sources the same seeds are other trials',
    remedy: 'Check that commit out, or begin a new one without --resume',
  })
}

function isHead(value: unknown): value is CampaignHead {
  return typeof value === 'object' && value !== null && 'trialsPerChunk' in value
}

function lineOf(value: CampaignHead | ChunkResult): string {
  return `${JSON.stringify(value)}\n`
}

function written(folder: string, action: () => void): void {
  try {
    action()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new ResultError(
      {
        asked: `write ${PROGRESS_FILE} in ${folder}`,
        found: code ?? message,
        rule: 'A campaign writes after each chunk, to a folder of its own',
        remedy: 'Free some space or permit writing there, or give another folder by --results',
      },
      { folder },
      cause,
    )
  }
}
