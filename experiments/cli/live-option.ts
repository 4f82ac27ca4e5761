/**
 * `--input -` and `--input http(s)://…`: lines that arrive while the trial runs.
 *
 * They are due when they arrive, so what describes a schedule is refused beside them, and so is what needs the same input
 * twice.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { LiveInput } from '../../engines/core/input/live-input.ts'
import type { TrialFlags } from './trial-flags.ts'

/** How long a live input may take when nobody says: it ends by itself, or by `--duration`. */
export const LIVE_DURATION = '1h'

/** Undefined for what is no live input. Errors: `ConfigurationError` for an address that is none, or of another scheme. */
export function liveInputOf(text: string | undefined): LiveInput | undefined {
  if (text === '-') return { kind: 'stdin' }
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text ?? '')?.[1]
  if (scheme !== undefined && !/^https?$/i.test(scheme)) {
    throw new ConfigurationError({
      asked: `--input ${text}`,
      found: `an address with the scheme ${scheme}`,
      rule: 'A live input is - (standard input) or an address with the scheme http or https',
      remedy: 'Write http://host:port/path, or name a file by its path',
    })
  }
  if (text === undefined || !/^https?:/i.test(text)) return undefined
  if (URL.canParse(text) && /^https?:\/\/[^/]/i.test(text)) return { kind: 'http', url: text }
  throw new ConfigurationError({
    asked: `--input ${text}`,
    found: 'no address',
    rule: 'A live input is - (standard input) or an address that streams lines',
    remedy: 'Write http://host:port/path',
  })
}

/** Options without a meaning for lines that arrive, and why. */
const SCHEDULED = {
  rate: 'lines are due when they arrive',
  history: 'nothing has arrived before the run starts',
  disorder: 'what arrives says nothing of when it happened',
  records: 'the input is as long as it is',
} as const

/** Errors: `ConfigurationError` for options that cannot stand beside a live input. */
export function checkLiveFlags(live: LiveInput, flags: TrialFlags): void {
  const refuse = (option: string, rule: string, remedy: string): never => {
    const input = live.kind === 'http' ? live.url : '-'
    throw new ConfigurationError({
      asked: `${option} with --input ${input}`,
      found: 'a live input',
      rule,
      remedy,
    })
  }
  for (const [name, rule] of Object.entries(SCHEDULED)) {
    const value = flags[name as keyof typeof SCHEDULED]
    if (value !== undefined) refuse(`--${name} ${value}`, rule, `Drop --${name}`)
  }
  if (flags.world !== undefined && flags.world !== 'threads') {
    refuse(
      `--world ${flags.world}`,
      'virtual time cannot wait for real lines',
      'Use --world threads',
    )
  }
  if (flags.ingest === 'pushed') {
    refuse(
      '--ingest pushed',
      'the source of a live input writes its own log, which all workers read',
      'Leave the ingest at log',
    )
  }
  if (live.kind === 'stdin' && (flags.engine ?? 'both') === 'both') {
    refuse(
      '--engine both',
      'standard input can be read once, by one engine',
      'Add --engine timely, or --engine dstream',
    )
  }
}
