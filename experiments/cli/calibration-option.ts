/** `--calibration`: the costs of a simulated trial from a machine's own measurements instead of round figures. */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { calibrationDoubts, readCalibration } from '../micro/calibration-file.ts'
import type { SimulationSpec } from '../runner/simulation-spec.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'

export interface GivenCalibration {
  readonly simulation: Pick<SimulationSpec, 'costs' | 'wakeLatency' | 'alarmLatency'>
  readonly sha256: string
  readonly warnings: readonly string[]
}

/** Errors: `ConfigurationError` for a trial on threads, and those of `readCalibration`. */
export function calibrationGiven(
  path: string | undefined,
  world: TrialSpec['world'],
): GivenCalibration | undefined {
  if (path === undefined) return undefined
  if (world !== 'simulated') {
    throw new ConfigurationError({
      asked: `--calibration ${path}`,
      found: 'threads of this machine',
      rule: 'Costs are simulated; threads have their own',
      remedy: 'Add --world simulated',
    })
  }
  const { calibration, sha256 } = readCalibration(path)
  const { costs, wakeNs, alarmNs } = calibration
  return {
    simulation: { costs, wakeLatency: wakeNs, alarmLatency: alarmNs },
    sha256,
    warnings: calibrationDoubts(calibration),
  }
}
