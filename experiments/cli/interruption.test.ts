/** What ends a run from outside: Ctrl-C, a disk that is full. What was measured is kept, and nothing is left running. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRun } from '../../results/reader.ts'
import { callAll, runCli, TINY_SIMULATED, temporaryFolder } from './cli.fixture.ts'

const ENDS_HERE =
  'the run ends here: the whole ticks after the warm-up are judged and kept, and where there is none, nothing is. A second signal ends at once.\n'

/** Children of a process, where the system tells (Linux). */
function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('Ctrl-C', () => {
  it.each(['threads', 'simulated'])(
    'in %s, before anything is measured: the run is there',
    async (world) => {
      using folder = temporaryFolder()
      const temporary = join(folder.path, 'results')
      let children: readonly number[] = []
      const args = ['--world', world, '--engine=timely', '--rate=20k', '--duration=1h', '--tick=1s']
      const { status, err, out } = await runCli(
        ['run', 'word-count', ...args, '--results', temporary],
        {
          env: { TMPDIR: folder.path },
          onOutput: (child, said) => {
            if (children.length > 0 || !said.includes('word-count on timely')) return
            children = childrenOf(child.pid!)
            child.kill('SIGINT')
          },
        },
      )
      expect(status).toBe(130)
      const end = 'error: interrupted by SIGINT\n'
      expect(err).toBe(world === 'threads' ? `${ENDS_HERE}${end}` : end)
      expect(out).toMatch(/incomplete run: /)
      expect(children.filter(isAlive)).toEqual([])
      // The trial's own temporary folder is gone, too.
      expect(readdirSync(folder.path)).toEqual(['results'])
      const [id] = readdirSync(join(temporary, 'run'))
      const path = join(temporary, 'run', id!)
      expect(() => readRun(path)).toThrow(/incomplete \(interrupted by SIGINT\)/)
      const run = readRun(path, { incomplete: true })
      expect(run.trials).toMatchObject([{ outcome: 'aborted', verdict: 'unknown' }])
      expect(run.trials[0]).not.toHaveProperty('throughput_records_per_s')
    },
  )

  // What shows that ticks are whole: their rows, or answers to a query.
  it.each([
    ['timely', ['--save', '-'], 800_000],
    ['dstream', ['--query', 'counts every 100ms key the'], 800],
  ] as const)('%s on threads: whole ticks are judged and kept', async (engine, shown, letters) => {
    using folder = temporaryFolder()
    let told = false
    const load = ['--rate=20k', '--duration=1h', '--warmup=100ms', '--tick=100ms']
    const asked = [...load, ...shown, '--fault=kill worker 1 at 30m', '--results', folder.path]
    const { status, err, out } = await runCli(
      ['run', 'word-count', `--engine=${engine}`, ...asked],
      {
        onOutput: (child, said) => {
          if (told || said.length < letters) return
          told = true
          child.kill('SIGINT')
        },
      },
    )
    const said = engine === 'timely' ? err : out
    expect(said).toMatch(/^ +verdict +valid, aborted, \d+ ticks committed$/m)
    expect(said).toMatch(/^incomplete run: /m)
    expect(err).toContain(ENDS_HERE)
    expect(err).toMatch(/^error: interrupted by SIGINT\n$/m)
    expect(status).toBe(130)
    const [id] = readdirSync(join(folder.path, 'run'))
    const path = join(folder.path, 'run', id!)
    const [trial] = readRun(path, { incomplete: true }).trials
    expect(trial).toMatchObject({ outcome: 'aborted', verdict: 'valid' })
    expect(trial!.measured_ns).toBe((trial!.ticks_completed! - 1) * 100e6)
    const records = (trial!.measured_ns! / 1e9) * 20_000
    expect(Math.abs(trial!.latency_samples_records! - records)).toBeLessThan(20)
    expect(readFileSync(join(path, 'history.jsonl'), 'utf8')).toContain('"run-cut"')
  })

  it('that comes twice at the same moment is one', async () => {
    using folder = temporaryFolder()
    let told = false
    const args = ['--engine=timely', '--rate=20k', '--duration=1h', '--tick=1s']
    const { status, err, out } = await runCli(
      ['run', 'word-count', ...args, '--results', folder.path],
      {
        onOutput: (child, said) => {
          if (told || !said.includes('word-count on timely')) return
          told = true
          // As who signals a process and its group; two of one kind may become one on their way.
          child.kill('SIGINT')
          child.kill('SIGTERM')
        },
      },
    )
    expect(err.replace(ENDS_HERE, '')).toMatch(/^error: interrupted by SIG(INT|TERM)\n$/)
    expect(out).toMatch(/incomplete run: /)
    expect([130, 143]).toContain(status)
    expect(readdirSync(join(folder.path, 'run')).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('between two trials keeps the first', async () => {
    using folder = temporaryFolder()
    let asked = false
    const { status } = await runCli(
      ['run', 'word-count', ...TINY_SIMULATED, '--results', folder.path],
      {
        onOutput: (child, said) => {
          if (asked || !said.includes('verdict')) return
          asked = true
          child.kill('SIGTERM')
        },
      },
    )
    expect(status).toBe(143)
    const [id] = readdirSync(join(folder.path, 'run'))
    const { trials } = readRun(join(folder.path, 'run', id!), { incomplete: true })
    expect(trials.map(({ outcome }) => outcome)).toEqual(['completed', 'aborted'])
  })
})

it.skipIf(process.platform === 'win32')(
  'a command that is killed leaves neither its trial nor that one’s folder',
  async () => {
    using folder = temporaryFolder()
    let killed = false
    const args = ['--engine=timely', '--rate=2k', '--duration=2m', '--tick=100ms', '--save=-']
    // Rows are printed by the trial itself, so standard output ends with the last of the two.
    const { status, out } = await runCli(
      ['run', 'word-count', ...args, '--results', join(folder.path, 'results')],
      {
        env: { TMPDIR: folder.path },
        onOutput: (child) => {
          if (killed) return
          killed = true
          child.kill('SIGKILL')
        },
      },
    )
    expect(status).toBe('SIGKILL')
    expect(out).not.toBe('')
    expect(readdirSync(folder.path)).toEqual(['results'])
  },
)

describe('a disk that is full', () => {
  // Files over a limit of a few KiB cannot be written on: what a full disk does, without being root.
  it.skipIf(process.platform === 'win32')('leaves no run that looks whole', async () => {
    using folder = temporaryFolder()
    const { status, out, err } = await runCli(
      ['run', 'grep', ...TINY_SIMULATED, '--results', folder.path],
      { shell: 'ulimit -f 8' },
    )
    expect(out).toMatch(/^ +verdict +valid, .*\n(.*\n)* +latency +p50 /m)
    expect(err).toMatch(/^error: .* in .*: EFBIG\. Results are written after each trial/)
    expect(status).toBe(1)
    const names = readdirSync(join(folder.path, 'run'))
    expect(names.filter((name) => !name.startsWith('.'))).toEqual([])
    const [left] = names
    expect(err).toContain(`What had been written stays in ${left} there`)
  })
})

it('no folder for what is temporary: commands say so, and how to give one', async () => {
  using folder = temporaryFolder()
  const results = ['--results', join(folder.path, 'results')]
  const commands = [['run', 'grep', ...TINY_SIMULATED], ['compare'], ['bench'], ['validate']]
  const env = { TMPDIR: join(folder.path, 'missing') }
  const called = await callAll(
    commands.map((words) => [...words, ...results]),
    { env },
  )
  for (const [place, { status, err }] of called.entries()) {
    const message = /^error: make a folder for a trial in .*: ENOENT\. .*by TMPDIR\.\n$/
    expect(err, commands[place]!.join(' ')).toMatch(message)
    expect(status).toBe(1)
  }
})

it('a replay of which nothing was recorded is unknown', async () => {
  using folder = temporaryFolder()
  const results = ['--results', folder.path]
  await runCli(['run', 'grep', '--engine=timely', ...TINY_SIMULATED, ...results])
  rmSync(join(folder.path, 'run', 'latest', 'outcomes.json'))
  const { status, out } = await runCli(['replay', 'latest', ...results])
  expect(out).toContain('nothing was recorded of it to compare with')
  expect(status).toBe(2)
})
