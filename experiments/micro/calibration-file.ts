/** A calibration as a file: written by `micro` and `validate`, read by `run --calibration`, named by its hash. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Calibration, parseCalibration } from '../../engines/core/cost/calibration.ts'
import { InputError } from '../../engines/core/errors.ts'

/** Its name in a run's folder. */
export const CALIBRATION_FILE = 'calibration.json'

export function calibrationText(calibration: Calibration): string {
  return `${JSON.stringify(calibration, null, 2)}\n`
}

export function calibrationHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Errors: `InputError` for a file that cannot be read; those of `parseCalibration`. */
export function readCalibration(path: string): {
  readonly calibration: Calibration
  readonly sha256: string
} {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new InputError(
      {
        asked: `the calibration ${path}`,
        found: cause instanceof Error ? cause.message : String(cause),
        rule: 'a calibration is a file that npm start -- micro wrote',
        remedy: 'Name another file, or measure one',
      },
      { path },
      cause,
    )
  }
  return { calibration: parseCalibration(text, path), sha256: calibrationHash(text) }
}

/** A benchmark needs no other thread: what it did not run, others did. */
const RAN_SHARE_MIN = 0.95
/** Batches whose median absolute deviation is a larger share of their median do not agree. */
const DEVIATION_SHARE_MAX = 0.15
/** One in so many may disagree on a machine of its own. */
const SCATTERED_ONE_IN = 5

/** What speaks against believing a calibration: it was taken on a machine that was busy. As sentences. */
export function calibrationDoubts({ measured, ranShare }: Calibration): readonly string[] {
  const doubts: string[] = []
  if (ranShare < RAN_SHARE_MIN) {
    doubts.push(
      `The calibration was taken on a busy machine: its benchmarks ran for ${(ranShare * 100).toFixed(0)} % of the time that they took. Its costs are too high: measure again when the machine is quiet.`,
    )
  }
  const scattered = measured.filter(
    ({ nsPerUnit, nsPerUnitDeviation }) => nsPerUnitDeviation > DEVIATION_SHARE_MAX * nsPerUnit,
  )
  if (scattered.length * SCATTERED_ONE_IN > measured.length) {
    const names = scattered.map(({ name }) => name).join(', ')
    doubts.push(
      `The calibration was taken on an unsteady machine: batches of ${scattered.length} of ${measured.length} benchmarks deviate by over ${DEVIATION_SHARE_MAX * 100} % (${names}). Measure again when the machine is quiet.`,
    )
  }
  return doubts
}
