/** The seed of a commit: each hunts elsewhere, and whoever tests it hunts where its author did. */
import { execFileSync } from 'node:child_process'
import { parseSeed } from '../cli/seed.ts'
import { checkout } from '../runner/command-io.ts'

/** Of chunks there are so many. */
const SEEDS = 2 ** 31

export function seedOf(commit: string): number {
  return parseSeed('seed', commit) % SEEDS
}

/** What is checked out; undefined where there is no git. */
export function commitHere(): string | undefined {
  try {
    const said = execFileSync('git', ['--no-optional-locks', 'rev-parse', 'HEAD'], {
      cwd: checkout,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return said.trim()
  } catch {
    return undefined
  }
}
