/**
 * `--resize`: workers that join and leave while a run goes on.
 *
 *   --workers 2 --resize '4 at 10s' --resize '2 at 20s'     two, then four, then two again
 *
 * Instants count from the start of the run. Room for the most that there ever are is kept from the start. What a plan of
 * changes has to be, the engines say (`core/membership/resize.ts`).
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { Resize } from '../../engines/core/run-config.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { parseCount, parseDuration, type Range } from './options.ts'
import type { TrialFlags } from './trial-flags.ts'

const GRAMMAR = /^(?<workers>\S+) at (?<at>\S+)$/

/**
 * What the option means for a run that begins with so many workers, and whose clock starts at `start`; nothing if it is not given.
 * Errors: `ConfigurationError` for what is no change, or beside a shape that says how many there are.
 */
export function resizeGiven(
  { resize: texts, nodes }: Pick<TrialFlags, 'resize' | 'nodes'>,
  run: { readonly workers: number; readonly start: Nanos; readonly range: Range },
): Resize | undefined {
  if (texts === undefined) return undefined
  if (nodes !== undefined) {
    throw new ConfigurationError({
      asked: `--resize '${texts[0]}' with --nodes`,
      found: 'a shape that says how many there are',
      rule: 'A node is one worker, with a partition for each core, from the start to the end',
      remedy: 'Give --workers in place of --nodes',
    })
  }
  const steps = texts.map((text) => {
    const groups = GRAMMAR.exec(text)?.groups
    if (groups === undefined) throw unread(text)
    return {
      at: run.start + parseDuration('resize', groups.at!, { min: 0 }),
      workers: parseCount('resize', groups.workers!, run.range),
    }
  })
  return { from: run.workers, steps }
}

/** The most workers that there ever are. */
export function workersOf({ from, steps }: Resize): number {
  return Math.max(from, ...steps.map(({ workers }) => workers))
}

function unread(text: string): ConfigurationError {
  return new ConfigurationError({
    asked: `--resize '${text}'`,
    found: 'no number of workers and instant',
    rule: 'A change says how many workers there are from an instant on',
    remedy: "Write '4 at 10s'",
  })
}
