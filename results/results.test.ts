/** Round trips, refusals, and the whole-or-not-at-all rule of a run's folder. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ResultError } from '../engines/core/errors.ts'
import { columnGroups } from './column.ts'
import { readManifest, readRun, readTable } from './reader.ts'
import { describeResults } from './readme.ts'
import { tableNames, tables } from './schema.ts'
import type { ManifestStart, NewRow } from './writer.ts'
import { RunWriter, runIdOf } from './writer.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-results-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const start: ManifestStart = {
  experiment: 'compare',
  command: 'npm start -- compare --quick',
  seed: 7,
  parameters: { workers: 2, tick: '10ms' },
  peers: {},
  calibrationSha256: null,
  startedAt: '2025-11-23T21:40:00.123Z',
  warnings: [],
  synthetic: 'test data, not a measurement',
  environment: {
    commit: '4e7552a0000000000000000000000000000000ff',
    dirty: false,
    lockfileSha256: null,
    node: 'v24.21.0',
    v8: '13.6',
    nodeFlags: [],
    platform: 'linux x64',
    kernel: '6.1',
    cpuModel: null,
    cores: 2,
    coresLimit: null,
    governor: null,
    memoryBytes: 1,
    memoryBytesLimit: null,
    clockResolutionNs: 40,
  },
}
const endedAt = '2025-11-23T21:41:00.000Z'

const trial = (id: string, more: Partial<NewRow<'trials'>> = {}): NewRow<'trials'> => ({
  trial_id: id,
  role: 'maximum',
  repeat: 1,
  engine: 'timely',
  workload: 'word-count',
  world: 'threads',
  outcome: 'completed',
  verdict: 'valid',
  ...more,
})

const written = (rows: readonly NewRow<'trials'>[]): string => {
  const writer = new RunWriter(root, start)
  writer.append('trials', rows)
  return writer.complete(endedAt)
}

describe('schema', () => {
  it('orders identity, factors, measures, outcome, with unique names', () => {
    for (const table of tableNames) {
      const columns = tables[table]
      const ranks = columns.map(({ group }) => columnGroups.indexOf(group))
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
      expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length)
    }
  })

  it('puts the unit last in the name of a measure, but for a statistic', () => {
    const word: Readonly<Record<string, string>> = {
      ns: 'ns',
      'ns/s': 'ns_per_s',
      bytes: 'bytes',
      rows: 'rows',
      records: 'records',
      'records/s': 'records_per_s',
      'updates/s': 'updates_per_s',
      share: 'share',
      ratio: 'ratio',
    }
    for (const table of tableNames) {
      for (const { name, unit, group } of tables[table]) {
        if (group !== 'measure' || !word[unit]) continue
        expect(name).toMatch(
          new RegExp(
            `(^|_)${word[unit]}(_(p\\d+|max|low|high|workers|worker_max|driver|client|supervisor|storage|source))?$`,
          ),
        )
      }
    }
  })

  it('is what the README says', async () => {
    await expect(describeResults()).toMatchFileSnapshot('README.md')
  })
})

describe('a run', () => {
  it('comes back as it was written, missing stays missing', () => {
    const rows = [
      trial('a', {
        throughput_records_per_s: 1.5e6,
        latency_ns_p99: 0,
        sustained: false,
        reasons: 'a, "quoted"\nline, and ü',
      }),
      trial('b', { outcome: 'timed-out', verdict: 'unknown', gc_share: 1e-9 }),
    ]
    const run = readRun(written(rows))
    expect(run.trials).toEqual(rows.map((row) => ({ run_id: run.manifest.runId, ...row })))
    expect(run.trials[1]).not.toHaveProperty('throughput_records_per_s')
    expect(run.faults).toEqual([])
    expect(run.manifest).toMatchObject({ state: 'complete', seed: 7, endedAt })
  })

  it('appears only at its end, and latest points to it', () => {
    const writer = new RunWriter(root, start)
    writer.append('trials', [trial('a')])
    expect(existsSync(writer.folder)).toBe(false)
    const [hidden] = readdirSync(join(root, 'compare'))
    expect(hidden).toBe(`.${writer.runId}.running`)
    expect(readTable(join(root, 'compare', hidden!), 'trials')).toHaveLength(1)
    expect(() => readRun(join(root, 'compare', hidden!))).toThrow(/it is running/)
    writer.complete(endedAt)
    expect(readlinkSync(join(root, 'compare', 'latest'))).toBe(writer.runId)
    expect(readdirSync(join(root, 'compare')).sort()).toEqual([writer.runId, 'latest'].sort())
  })

  it('gets another name when one is taken, and latest moves on', () => {
    const first = written([trial('a')])
    const second = written([trial('a')])
    expect(second).toBe(`${first}-2`)
    expect(readManifest(join(root, 'compare', 'latest')).runId).toMatch(/-2$/)
  })

  // Such a link is not there for who looks, and is for who makes a folder: as one that another run has made in between.
  it.skipIf(process.platform === 'win32')('shares its folder with nobody', () => {
    mkdirSync(join(root, 'compare'))
    const taken = runIdOf(start.startedAt, start.environment.commit)
    symlinkSync('nowhere', join(root, 'compare', `.${taken}.running`))
    const writer = new RunWriter(root, start)
    expect(writer.runId).toBe(`${taken}-2`)
    expect(readManifest(writer.complete(endedAt)).runId).toBe(writer.runId)
  })

  it('keeps rows after an interruption, marked, and is refused unless asked for', () => {
    const writer = new RunWriter(root, start)
    writer.append('trials', [trial('a')])
    writer.warn('the machine is noisy')
    const folder = writer.interrupt('SIGINT', endedAt)
    expect(existsSync(join(root, 'compare', 'latest'))).toBe(false)
    expect(() => readRun(folder)).toThrow(ResultError)
    expect(() => readRun(folder)).toThrow(/incomplete \(SIGINT\)/)
    const run = readRun(folder, { incomplete: true })
    expect(run.trials).toHaveLength(1)
    expect(run.manifest.warnings).toEqual(['the machine is noisy'])
  })

  it('takes files, and no rows after its end', () => {
    const writer = new RunWriter(root, start)
    writer.addFile('figures/a.svg', '<svg/>')
    const folder = writer.complete(endedAt)
    expect(readFileSync(join(folder, 'figures/a.svg'), 'utf8')).toBe('<svg/>')
    expect(() => writer.append('trials', [trial('a')])).toThrow(/complete: no rows/)
  })

  it('has an id that sorts by start', () => {
    expect(runIdOf('2025-11-23T21:40:00.123Z', 'abcdef0123')).toBe('2025-11-23T21-40-00-abcdef0')
    expect(runIdOf('2025-11-23T21:40:00.123Z', null)).toBe('2025-11-23T21-40-00-no-commit')
  })
})

describe('the writer refuses', () => {
  const refuses = (more: object, message: RegExp): void => {
    const writer = new RunWriter(root, start)
    expect(() => writer.append('trials', [{ ...trial('a'), ...more }])).toThrow(message)
    expect(readTable(join(root, 'compare', `.${writer.runId}.running`), 'trials')).toEqual([])
  }
  it('NaN', () => refuses({ throughput_records_per_s: Number.NaN }, /is number, not NaN/))
  it('a fraction of ns', () => refuses({ latency_ns_p99: 0.5 }, /is integer, not 0.5/))
  it('an unknown column', () => refuses({ latency: 1 }, /has no column latency/))
  it('an unknown value', () => refuses({ world: 'real' }, /one of threads, simulated, not real/))
  it('a missing required cell', () => refuses({ engine: undefined }, /engine is required/))
  it('a trial twice', () => {
    const writer = new RunWriter(root, start)
    writer.append('trials', [trial('a')])
    expect(() => writer.append('trials', [trial('a')])).toThrow(/already/)
  })

  it('a folder that cannot be written, before any trial', () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    expect(() => new RunWriter(file, start)).toThrow(ResultError)
    expect(() => new RunWriter(file, start)).toThrow(/ENOTDIR.*--results/)
  })
})

describe('the reader refuses', () => {
  const spoilt = (spoil: (folder: string) => void): string => {
    const folder = written([trial('a'), trial('b')])
    spoil(folder)
    return folder
  }
  const edit = (name: string, change: (text: string) => string) => (folder: string) =>
    writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')))
  const refuses = (spoil: (folder: string) => void, message: RegExp): void => {
    const folder = spoilt(spoil)
    expect(() => readRun(folder)).toThrow(ResultError)
    expect(() => readRun(folder)).toThrow(message)
  }

  it('another schema version', () =>
    refuses(
      edit('manifest.json', (text) => text.replace('"schemaVersion": 7', '"schemaVersion": 99')),
      /schema version is 99. This checkout reads schema version 7/,
    ))
  it('an unknown field of the manifest', () =>
    refuses(
      edit('manifest.json', (text) => text.replace('"seed"', '"sead"')),
      /manifest.json: seed/,
    ))
  it('a manifest that is not JSON', () =>
    refuses(
      edit('manifest.json', () => '{'),
      /not JSON/,
    ))
  it('a missing table', () =>
    refuses((folder) => rmSync(join(folder, 'latency.csv')), /latency.csv.*ENOENT/))
  it('a torn line', () =>
    refuses((folder) => appendFileSync(join(folder, 'trials.csv'), 'half,a'), /torn/))
  it('a renamed column', () =>
    refuses(
      edit('trials.csv', (text) => text.replace('tick_ns', 'tick_ms')),
      /tick_ms where tick_ns is expected/,
    ))
  it('a cell that does not fit', () =>
    refuses(
      edit('trials.csv', (text) => text.replace('threads', 'real')),
      /line 2: world is “real”/,
    ))
  it('a folder that is not there', () =>
    expect(() => readRun(join(root, 'nowhere'))).toThrow(/no such folder/))
})
