/**
 * Inputs that arrive while the trial runs: `--input -`, `--input http(s)://…`, `--input tcp://…`, a pipe, and with `--follow` a
 * directory or file that grows.
 *
 * Their records are due when they arrive, so what describes a schedule is refused beside them, and so is what needs the same
 * input twice.
 */
import { statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { LiveInput } from '../../engines/core/input/live-input.ts'
import { INPUT_KINDS } from '../../workloads/input/input.ts'
import { checkout } from '../runner/command-io.ts'
import { dashed, type TrialFlags } from './trial-flags.ts'

/** How long a live input may take when nobody says: it ends by itself, or by `--duration`. */
export const LIVE_DURATION = '1h'

/** Undefined for what is no live input. Errors: `ConfigurationError` for an address that is none, or of another scheme. */
export function liveInputOf({
  input,
  follow = false,
}: Pick<TrialFlags, 'input' | 'follow'>): LiveInput | undefined {
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(input ?? '')?.[1]?.toLowerCase()
  if (follow) return followed(input, scheme)
  if (input === '-') return { kind: 'stdin' }
  if (input === undefined) return undefined
  if (scheme === undefined) {
    if (/^https?:/i.test(input)) throw noAddress(input)
    return isPipe(input) ? { kind: 'file', path: pathFromCheckout(input) } : undefined
  }
  if (!/^(https?|tcp)$/.test(scheme)) {
    throw new ConfigurationError({
      asked: `--input ${input}`,
      found: `an address with the scheme ${scheme}`,
      rule: 'A live input is - (standard input) or an address with the scheme http, https or tcp',
      remedy: 'Write http://host:port/path, or name a file by its path',
    })
  }
  if (!URL.canParse(input) || !/^[a-z]+:\/\/[^/]/i.test(input)) throw noAddress(input)
  if (scheme !== 'tcp') return { kind: 'http', url: input }
  const { hostname, port } = new URL(input)
  if (port === '') throw noAddress(input)
  return { kind: 'tcp', host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}

function noAddress(input: string): ConfigurationError {
  const isTcp = /^tcp:/i.test(input)
  return new ConfigurationError({
    asked: `--input ${input}`,
    found: 'no address',
    rule: 'A live input is - (standard input) or an address that streams rows',
    remedy: isTcp ? 'Write tcp://host:port' : 'Write http://host:port/path',
  })
}

function followed(input: string | undefined, scheme: string | undefined): LiveInput {
  const isNamed = INPUT_KINDS.some((kind) => kind === input)
  if (input === undefined || input === '-' || scheme !== undefined || isNamed) {
    throw new ConfigurationError({
      asked: input === undefined ? '--follow' : `--follow with --input ${input}`,
      found: 'no directory or file',
      rule: 'What grows is a directory, or a file',
      remedy: input === undefined ? 'Name it by --input' : 'Drop --follow',
    })
  }
  if (statSync(input, { throwIfNoEntry: false }) === undefined) {
    throw new ConfigurationError({
      asked: `--follow with --input ${input}`,
      found: 'no such file or directory',
      rule: 'What grows is there before it is followed, if empty',
      remedy: 'Check the path, or make the directory',
    })
  }
  return { kind: 'folder', path: pathFromCheckout(input) }
}

function isPipe(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false
  } catch {
    // What is wrong with it is said by who reads it.
    return false
  }
}

/** So that a manifest names no folder of this machine above it. */
function pathFromCheckout(path: string): string {
  return relative(checkout, resolve(path)) || '.'
}

/** Options without a meaning for rows that arrive, and why. */
const SCHEDULED = {
  rate: 'lines are due when they arrive',
  history: 'nothing has arrived before the run starts',
  disorder: 'what arrives says nothing of when it happened',
  records: 'the input is as long as it is',
  recordBytes: 'rows are as long as they arrive',
} as const

/** What can be read only once, in words. */
const ONCE: Readonly<Partial<Record<LiveInput['kind'], string>>> = {
  stdin: 'standard input',
  tcp: 'what a TCP server sends',
  file: 'a pipe',
}

/** Errors: `ConfigurationError` for options that cannot stand beside a live input. */
export function checkLiveFlags(live: LiveInput, flags: TrialFlags): void {
  const given = flags.resume === undefined ? `--input ${flags.input}` : `--resume ${flags.resume}`
  const refuse = (option: string, rule: string, remedy: string): never => {
    throw new ConfigurationError({
      asked: `${option} with ${given}`,
      found: 'a live input',
      rule,
      remedy,
    })
  }
  for (const [name, rule] of Object.entries(SCHEDULED)) {
    const value = flags[name as keyof typeof SCHEDULED]
    const option = `--${dashed(name)}`
    if (value !== undefined) refuse(`${option} ${value}`, rule, `Drop ${option}`)
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
  if (flags.recovery === 'active-standby' && flags.engine !== 'dstream') {
    refuse(
      '--recovery active-standby',
      'what has arrived is kept until it has been read, and nobody knows when both replicas have',
      'Use --recovery checkpoint',
    )
  }
  const once = ONCE[live.kind]
  if (once !== undefined && (flags.engine ?? 'both') === 'both') {
    refuse(
      '--engine both',
      `${once} can be read once, by one engine`,
      'Add --engine timely, or --engine dstream',
    )
  }
}
