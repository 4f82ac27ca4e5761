/**
 * Options that belong to one engine. Beside the other they would change nothing, and a manifest would say what was not so:
 * they are refused. Beside `--engine both` they are for the one that has them.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { takesCheckpoints } from '../runner/trial-rows.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { DEFAULTS, type ENGINE_CHOICES } from './trial-defaults.ts'
import { dashed, type TrialFlags } from './trial-flags.ts'

type Choice = (typeof ENGINE_CHOICES)[number]

/** By engine: what it has not, and what it does instead. */
const LACKING = {
  dstream: {
    recovery: 'A D-Stream is recomputed by lineage, whatever is asked of timely',
    accumulation: 'Only timely’s progress protocol accumulates updates',
    flushInterval: 'Only timely holds rows back until a message is full',
  },
  timely: {
    speculation: 'Only D-Streams have tasks of which there can be a second copy',
  },
} as const satisfies Readonly<
  Record<TrialSpec['engine'], Readonly<Partial<Record<keyof TrialFlags, string>>>>
>

/** Errors: `ConfigurationError` for options of the engine that does not run. */
export function checkEngineFlags(flags: TrialFlags, engine: Choice): void {
  if (engine === 'both') return
  for (const [name, rule] of Object.entries(LACKING[engine])) {
    const value = flags[name as keyof TrialFlags]
    if (value === undefined) continue
    const option = `--${dashed(name)}`
    const other = engine === 'timely' ? 'dstream' : 'timely'
    throw new ConfigurationError({
      asked: `${option} ${value} with --engine ${engine}`,
      found: `an option of ${other}`,
      rule,
      remedy: `Drop ${option}, or take --engine ${other}`,
    })
  }
  const { recovery = DEFAULTS.recovery, checkpointInterval, replacement } = flags
  if (replacement !== undefined && engine === 'timely' && recovery === 'none') {
    throw new ConfigurationError({
      asked: `--replacement ${replacement} with --recovery ${recovery} on timely`,
      found: 'a run that ends with a worker that dies',
      rule: 'Who is lost is replaced where the run recovers from the loss',
      remedy: 'Add --recovery checkpoint, or drop it',
    })
  }
  if (checkpointInterval === undefined || takesCheckpoints({ engine, timely: { recovery } })) return
  throw new ConfigurationError({
    asked: `--checkpoint-interval ${checkpointInterval} with --recovery ${recovery} on timely`,
    found: 'a recovery without checkpoints',
    rule: 'An interval is between checkpoints',
    remedy: 'Add --recovery checkpoint, or drop it',
  })
}
