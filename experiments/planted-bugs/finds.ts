/**
 * What hunts have found (`hunt.ts`), as it is committed: by bug, how many random trials it took, and the trial that failed, as small as
 * it was shrunk. Trials, and not their seeds: what a seed stands for changes with whatever else is drawn.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RandomTrial } from '../campaign/random-trial.ts'

export interface Find {
  readonly bug: string
  /** Trials that were drawn until one failed, itself included. */
  readonly seeds: number
  /** Its seed and path, where it was found. */
  readonly place: string
  /** What was wrong with it. */
  readonly problem: string
  readonly trial: RandomTrial
}

const FILE = fileURLToPath(new URL('./finds.jsonl', import.meta.url))

export function readFinds(): readonly Find[] {
  const lines = readFileSync(FILE, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Find)
}

/** In place of earlier ones of the same bugs; those of bugs that are no more go. */
export function keepFinds(finds: readonly Find[], bugs: readonly string[]): string {
  const known = new Map([...readFinds(), ...finds].map((find) => [find.bug, find]))
  const kept = bugs.flatMap((bug) => known.get(bug) ?? [])
  writeFileSync(FILE, kept.map((find) => `${JSON.stringify(find)}\n`).join(''))
  return FILE
}
