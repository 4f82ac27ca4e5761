/** What the lives of all processes tell the supervisor while a run goes on. What grows with the run lies in its directory. */
import { join } from 'node:path'
import { KeptRows } from '../../output/kept-rows.ts'
import { Answers } from '../../queries/answer.ts'
import type { ProcessReport, RunRecord, Trial } from '../../system.ts'
import { CommitColumns } from './commit-columns.ts'
import { KeptHistory } from './kept-history.ts'
import { ScratchFile } from './scratch-file.ts'

export interface Gathered {
  readonly commits: CommitColumns
  readonly history: KeptHistory
  /** Kept only when a run asks for them. */
  readonly rows: KeptRows
  readonly answers: Answers
  readonly reports: ProcessReport[]
}

export function gatheringIn(
  directory: string,
  { config, queries, answered }: Pick<Trial, 'config' | 'queries' | 'answered'>,
): Gathered {
  return {
    commits: new CommitColumns(new ScratchFile(join(directory, 'commits'))),
    history: new KeptHistory(new ScratchFile(join(directory, 'history'))),
    rows: new KeptRows(config.keepRowsMax),
    answers: new Answers(queries, answered),
    reports: [],
  }
}

/** What a record has of it, each in its order. */
export function recordedOf({
  commits,
  history,
  rows,
  answers,
  reports,
}: Gathered): Pick<
  RunRecord,
  'commits' | 'staleCommits' | 'rows' | 'answers' | 'history' | 'processes'
> {
  return {
    commits: [...commits].sort((a, b) => a.visibleAt - b.visibleAt),
    staleCommits: reports.reduce((sum, { counters }) => sum + (counters.staleCommits ?? 0), 0),
    rows: rows.all,
    answers: answers.all,
    history: [...history].sort((a, b) => a.at - b.at),
    processes: reports.sort((a, b) => a.process - b.process || a.incarnation - b.incarnation),
  }
}
