/** `verify`: the conformance suites as they are tested, then a bounded campaign, and the counts of both. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { type CommandIo, checkout } from '../runner/command-io.ts'
import { type FuzzOptions, fuzz } from './command.ts'
import { countsOf, isRight } from './report.ts'

const VITEST = join('node_modules', 'vitest', 'vitest.mjs')

export async function verifyCommand(options: FuzzOptions, io: CommandIo): Promise<ExitStatus> {
  io.print('conformance: every suite on both engines')
  const { status, counts } = await conformance(io)
  io.print(`conformance: ${counts ?? 'no counts'}`)
  const campaign = await fuzz(options, io)
  io.print(`conformance: ${counts ?? 'no counts'}; campaign: ${countsOf(campaign)}`)
  // Without counts nobody knows that anything was tried.
  const conforms = status === 0 && counts !== undefined
  return exitStatusOf([conforms ? 'valid' : 'invalid', isRight(campaign) ? 'valid' : 'invalid'])
}

/** A test runner of its own: suites register tests. Its closing line has the counts. */
function conformance({
  progress,
  signal,
}: CommandIo): Promise<{ readonly status: number | null; readonly counts?: string }> {
  const args = [
    VITEST,
    'run',
    '--reporter=./experiments/summary-reporter.ts',
    '--reporter=dot',
    join('experiments', 'conformance'),
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: checkout,
      signal,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      progress.write(text)
    })
    child.on('error', reject)
    child.on('close', (status) => {
      const counts = countsIn(said)
      resolve({ status, ...(counts !== undefined && { counts }) })
    })
  })
}

/** The closing line of the test runner; dots of tests may stand before it. */
export function countsIn(said: string): string | undefined {
  return /\d+ passed, \d+ failed, \d+ skipped$/m.exec(said)?.[0]
}
