/**
 * `npm start -- micro`: times the kernels and the seams on this machine, prints them, and writes its calibration.
 *
 * Relative times are what it is for: a calibration of a loaded machine is as loaded as the machine.
 */
import { join } from 'node:path'
import type { Calibration } from '../../engines/core/cost/calibration.ts'
import { threadCpuNs } from '../../engines/core/world/threads/process-status.ts'
import { RunWriter } from '../../results/writer.ts'
import type { ExitStatus } from '../cli/exit-status.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { ProgressLine } from '../runner/progress-line.ts'
import { formatTable } from '../runner/table.ts'
import { median } from '../statistics/quantiles.ts'
import { calibrationOf, inChain, isInChain } from './calibrate.ts'
import {
  CALIBRATION_FILE,
  calibrationDoubts,
  calibrationHash,
  calibrationText,
} from './calibration-file.ts'
import { microCases } from './cases.ts'
import { type MicroResult, type MicroTiming, measureCase, QUICK_TIMING } from './measure.ts'
import { FULL_SIZE, type MicroCase, type MicroSize } from './micro-case.ts'
import { measureWake } from './wake.ts'

export interface MicroOptions {
  readonly size?: MicroSize
  readonly timing?: MicroTiming
  /** Rounds of the wake-up. */
  readonly wakes?: number
}

export async function microCommand(options: MicroOptions, io: CommandIo): Promise<ExitStatus> {
  const environment = io.environment()
  const { size = FULL_SIZE, timing = QUICK_TIMING } = options
  const writer = new RunWriter(io.results, {
    experiment: 'micro',
    command: io.command,
    seed: 1,
    parameters: { size, timing },
    peers: {},
    calibrationSha256: null,
    startedAt: io.now(),
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  try {
    const { results, calibration } = await measureMachine(options, io)
    const text = `${microTable(results)}\n\nparked thread: wakes ${calibration.wakeNs} ns after it is woken, ${calibration.alarmNs} ns after its alarm; ${calibration.costs.parkNs} ns of CPU time a park`
    for (const doubt of calibrationDoubts(calibration)) {
      writer.warn(doubt)
      io.print(`warning: ${doubt}`)
    }
    const json = calibrationText(calibration)
    writer.addFile('table.txt', `${text}\n`)
    writer.addFile('micro.json', `${JSON.stringify(results, null, 2)}\n`)
    writer.addFile(CALIBRATION_FILE, json)
    io.print(text)
    const folder = writer.complete(io.now())
    const shown = shownPath(join(folder, CALIBRATION_FILE))
    io.print(`calibration: ${shown} (${calibrationHash(json).slice(0, 12)})`)
    return 0
  } catch (error) {
    keepMeasured(writer, error, io)
    throw error
  }
}

/** Measures all cases and the wake-up. Rejects with the signal's reason when interrupted between two cases. */
export async function measureMachine(
  { size = FULL_SIZE, timing = QUICK_TIMING, wakes = 400 }: MicroOptions,
  io: Pick<CommandIo, 'progress' | 'signal' | 'now' | 'environment'>,
): Promise<{ readonly results: readonly MicroResult[]; readonly calibration: Calibration }> {
  const line = new ProgressLine(io.progress)
  const cpuFrom = threadCpuNs()
  const from = performance.now()
  const results: MicroResult[] = []
  try {
    const cases = microCases(size)
    for (const micro of cases) {
      io.signal.throwIfAborted()
      line.starts(`timing ${micro.name} …`)
      results.push(measureCase(micro, timing))
    }
    const ranShare = (threadCpuNs() - cpuFrom) / ((performance.now() - from) * 1e6)
    const wake = await measureWake(wakes, workOf(cases))
    const times = chainTimes(cases, timing)
    const measured = { ...wake, ranShare, times, at: io.now(), environment: io.environment() }
    return { results, calibration: calibrationOf(results, measured) }
  } finally {
    line.end()
  }
}

/** A neighbour that takes the caches for a while makes one side of a ratio twice as long. */
const CHAIN_ROUNDS = 7

/** What kernels cost in a chain over what they cost by themselves: measured in turns, the median of the turns. */
function chainTimes(cases: readonly MicroCase[], timing: MicroTiming): number {
  const some = cases.filter(({ name }) => isInChain(name))
  const ratios = Array.from({ length: CHAIN_ROUNDS }, () => {
    const ns = new Map(some.map((each) => [each.name, measureCase(each, timing).nsPerUnit]))
    return inChain((name) => ns.get(name)!)
  })
  return median(ratios)
}

/** About what a source does when it wakes: some text, and some records of it into a combiner. */
function workOf(cases: readonly MicroCase[]): () => void {
  const parts = ['read', 'words', 'output'].map((name) => cases.find((each) => each.name === name)!)
  return () => {
    for (const part of parts) {
      part.before?.()
      part.run()
      part.after?.()
    }
  }
}

function microTable(results: readonly MicroResult[]): string {
  return formatTable(
    [
      { title: 'what', align: 'left' },
      { title: 'per', align: 'left' },
      { title: 'median', unit: 'ns' },
      { title: 'deviation', unit: 'ns' },
      { title: 'rate', unit: 'M/s' },
      { title: 'batches' },
    ],
    results.map(({ name, unit, nsPerUnit, nsPerUnitDeviation, batches }) => [
      name,
      unit,
      nsPerUnit.toPrecision(4),
      nsPerUnitDeviation.toPrecision(2),
      (1_000 / nsPerUnit).toPrecision(3),
      String(batches),
    ]),
  )
}
