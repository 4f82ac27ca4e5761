/**
 * A campaign as it is published: a table for a reader and a summary for programs in `results/reference/fuzz/<run-id>/`, and a row
 * in the README of published runs. What was done chunk by chunk stays in `results/fuzz`, which no commit has.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, ResultError } from '../../engines/core/errors.ts'
import { runIdOf } from '../../results/writer.ts'
import type { CampaignHead } from './progress-file.ts'
import { type CampaignSummary, countsOf, isRight, reportOf } from './report.ts'
import { SOMETIMES } from './sometimes.ts'

export const SUMMARY_FILE = 'summary.json'
export const TABLE_FILE = 'table.txt'

const README = 'README.md'

/** Errors: `ConfigurationError` where nobody could run the campaign again from its commit. */
export function checkPublishable({ commit, dirty }: Pick<CampaignHead, 'commit' | 'dirty'>): void {
  if (commit !== null && dirty === false) return
  throw new ConfigurationError({
    asked: 'fuzz --publish',
    found: commit === null ? 'no commit' : `sources that are not those of ${commit}`,
    rule: 'A campaign that is published can be run again from its commit',
    remedy: 'Commit everything and begin a new one, or leave the option out',
  })
}

/** `results`: the folder of results. Returns the campaign's own folder. Errors: `ResultError` where it cannot be written. */
export function publish(results: string, summary: CampaignSummary): string {
  const reference = join(results, 'reference')
  const folder = join(reference, 'fuzz', runIdOf(summary.startedAt, summary.commit))
  try {
    // First what may refuse.
    const listed = withRow(readFileSync(join(reference, README), 'utf8'), rowOf(summary))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, SUMMARY_FILE), summaryText(summary))
    writeFileSync(join(folder, TABLE_FILE), `${tableOf(summary).join('\n')}\n`)
    writeFileSync(join(reference, README), listed)
  } catch (cause) {
    if (cause instanceof ResultError) throw cause
    throw new ResultError(
      {
        asked: `publish a campaign in ${folder}`,
        found: (cause as NodeJS.ErrnoException).code ?? String(cause),
        rule: `Published runs are in ${reference}, and its ${README} has a row for each`,
        remedy: 'Permit writing there, or give the folder of results of a checkout by --results',
      },
      { folder },
      cause,
    )
  }
  return folder
}

export function summaryText(summary: CampaignSummary): string {
  return `${JSON.stringify(summary, null, 2)}\n`
}

/** The README with a row behind its last one, in place of an earlier row of the same run. */
export function withRow(readme: string, row: string): string {
  const name = row.slice(0, row.indexOf(']'))
  const lines = readme.split('\n').filter((line) => !line.startsWith(name))
  const last = lines.findLastIndex((line) => line.startsWith('| '))
  if (last >= 0) return lines.toSpliced(last + 1, 0, row).join('\n')
  throw new ResultError({
    asked: `a row for ${name.slice(3)}`,
    found: `a ${README} without a table`,
    rule: 'Published runs are rows of its table',
    remedy: 'Give it back its table',
  })
}

export function rowOf(summary: CampaignSummary): string {
  const { seed, trials, sometimes, startedAt, commit } = summary
  const name = `fuzz/${runIdOf(startedAt, commit)}`
  const taken = SOMETIMES.filter((sighting) => sometimes[sighting] > 0).length
  const verdict = isRight(summary) ? '' : '**failed**: '
  return [
    `| [\`${name}\`](${name}/${TABLE_FILE})`,
    `\`npm start -- fuzz --seeds ${trials} --seed ${seed}\``,
    `${verdict}${countsOf(summary)}; ${taken} of ${SOMETIMES.length} rare paths taken |`,
  ].join(' | ')
}

function tableOf(summary: CampaignSummary): readonly string[] {
  const { seed, commit, node, startedAt, endedAt } = summary
  return [
    `Random trials from seed ${seed}, at ${commit} on Node ${node}, ${startedAt} to ${endedAt}`,
    '',
    ...reportOf(summary),
  ]
}
