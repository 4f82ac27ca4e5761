/** The conformance suites on the timely engine, in the simulated world: progress safety is checked on every step of every run. */
import { describe } from 'vitest'
import { boundedConforms } from '../../engines/core/conformance/bounded.ts'
import { checkpointsConform } from '../../engines/core/conformance/checkpoints.ts'
import { tracesConform } from '../../engines/core/conformance/determinism.ts'
import { flowConforms } from '../../engines/core/conformance/flow.ts'
import { lawsConform } from '../../engines/core/conformance/laws.ts'
import { loopsConform } from '../../engines/core/conformance/loops.ts'
import { losslessConforms } from '../../engines/core/conformance/lossless.ts'
import { crossingConforms, hasNoCentre } from '../../engines/core/conformance/models.ts'
import { numbersConform } from '../../engines/core/conformance/numbers.ts'
import { cutsConform, operatorsConform } from '../../engines/core/conformance/operators.ts'
import { outputsConform } from '../../engines/core/conformance/outputs.ts'
import { queriesAreRefused } from '../../engines/core/conformance/queries.ts'
import {
  recoveryConforms,
  recoveryModeConforms,
  standbyConforms,
  upstreamBackupConforms,
} from '../../engines/core/conformance/recovery.ts'
import { resizeConforms } from '../../engines/core/conformance/resize.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { statesConform } from '../../engines/core/conformance/states.ts'
import { textsConform } from '../../engines/core/conformance/texts.ts'
import { checkedEngineOf } from '../../engines/index.ts'

const subject = simulatedSubject('timely', checkedEngineOf)

describe('operators', () => operatorsConform(subject))
describe('cuts', () => cutsConform(subject))
describe('numbers', () => numbersConform(subject))
describe('texts', () => textsConform(subject))
describe('laws', () => lawsConform(subject))
describe('checkpoints', () => checkpointsConform(subject))
describe('recovery', () => recoveryConforms(subject))
describe.each(['barrier-snapshots', 'logging'] as const)('recovery by %s', (mode) =>
  recoveryModeConforms(subject, mode),
)
describe('active standby', () => standbyConforms(subject))
describe('workers that join and leave', () => resizeConforms(subject))
describe('upstream backup', () => upstreamBackupConforms(subject))
describe('queries are refused', () => queriesAreRefused(subject))
describe('states', () => statesConform(subject))
describe('outputs', () => outputsConform(subject))
describe('traces', () => tracesConform(subject))
describe('model', () => hasNoCentre(subject))
describe('crossing', () => crossingConforms(subject))
describe('flow', () => flowConforms(subject))
describe('links that lose nothing', () => losslessConforms(subject))
describe('loops', () => loopsConform(subject))
describe('bounded', () => boundedConforms(subject))
