/**
 * What a run ran on: machine, runtime, checkout. Goes into every manifest, so that a number can be doubted later.
 *
 * Found out once, before the first trial. What cannot be read is null, never a guess. No absolute path leaves this file,
 * since manifests are committed.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../results/manifest.ts'
import { ALLOCATOR, TRIAL_FLAGS } from './isolate.ts'

/** `root` is the checkout. Starts git twice (about 10 ms) and reads a handful of small files. */
export function describeEnvironment(root: string): Environment {
  const changes = git(root, 'status', '--porcelain')
  const lockfile = read(join(root, 'package-lock.json'))
  return {
    commit: git(root, 'rev-parse', 'HEAD'),
    dirty: changes === null ? null : changes !== '',
    lockfileSha256: lockfile === null ? null : createHash('sha256').update(lockfile).digest('hex'),
    node: process.version,
    v8: process.versions.v8,
    nodeFlags: [...flagsWithoutPaths(process.execArgv), ...v8Flags(), ...TRIAL_FLAGS],
    allocator: ALLOCATOR,
    platform: `${platform()} ${arch()}`,
    kernel: release(),
    cpuModel: cpus()[0]?.model.trim().replace(/\s+/g, ' ') || null,
    cores: availableParallelism(),
    coresLimit: coresLimitOf(read('/sys/fs/cgroup/cpu.max')),
    governor: read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')?.trim() || null,
    memoryBytes: totalmem(),
    memoryBytesLimit: memoryLimitOf(read('/sys/fs/cgroup/memory.max')),
    clockResolutionNs: clockResolution(() => process.hrtime.bigint()),
  }
}

/** Doubts about the whole run that its environment gives, as sentences for the manifest. */
export function environmentDoubts(environment: Environment): readonly string[] {
  const { commit, dirty, governor } = environment
  const doubts: string[] = []
  if (commit === null)
    doubts.push('No commit is known: the run cannot be tied to a source. Run it in a git checkout.')
  else if (dirty)
    doubts.push(
      'The checkout has changes that are not committed: the commit is not what ran. Commit first.',
    )
  if (governor !== null && governor !== 'performance') {
    doubts.push(
      `The processor's frequency governor is ${governor}: speeds may drift. Set it to performance.`,
    )
  }
  return doubts
}

/** Smallest positive step between readings of a clock, in ns: what a single reading can be off by. */
export function clockResolution(read: () => bigint, readings = 2_000): number {
  let smallest = Number.POSITIVE_INFINITY
  let last = read()
  for (let left = readings; left > 0; left--) {
    const now = read()
    if (now > last) smallest = Math.min(smallest, Number(now - last))
    last = now
  }
  // A clock that never moved is as coarse as the whole attempt; a second says so plainly.
  return Number.isFinite(smallest) ? smallest : 1_000_000_000
}

/** `150000 100000` is one and a half cores; `max 100000` is no limit. */
export function coresLimitOf(text: string | null): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number)
  return quota && period ? quota / period : null
}

/** A number of bytes; `max`, or more than any machine has, is no limit. */
export function memoryLimitOf(text: string | null): number | null {
  const bytes = Number(text?.trim() || Number.NaN)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** Flags that change how code runs; loaders and other arguments with paths say nothing about that. */
export function flagsWithoutPaths(execArgv: readonly string[]): string[] {
  return execArgv.filter(
    (flag) => flag.startsWith('--') && flag !== '--import' && !/[\\/]/.test(flag),
  )
}

/** As `preflight.mjs` sets them. */
const v8Flags = (): readonly string[] =>
  JSON.parse(readFileSync(new URL('../v8-flags.json', import.meta.url), 'utf8'))

/** Without the lock that git status takes to write what it found: on a full disk it would stay, and the checkout could not commit. */
function git(root: string, ...args: readonly string[]): string | null {
  try {
    return execFileSync('git', ['--no-optional-locks', ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
