/** The conformance suites on the D-Stream engine, in the simulated world: every block that is made again is held against the first. */
import { describe } from 'vitest'
import { boundedConforms } from '../../engines/core/conformance/bounded.ts'
import { checkpointsConform } from '../../engines/core/conformance/checkpoints.ts'
import { tracesConform } from '../../engines/core/conformance/determinism.ts'
import { driverConforms } from '../../engines/core/conformance/driver.ts'
import { flowConforms } from '../../engines/core/conformance/flow.ts'
import { iterationsConform } from '../../engines/core/conformance/iterations.ts'
import { lawsConform } from '../../engines/core/conformance/laws.ts'
import { loopsAreRefused } from '../../engines/core/conformance/loops.ts'
import { losslessConforms } from '../../engines/core/conformance/lossless.ts'
import { crossingConforms, hasADriver } from '../../engines/core/conformance/models.ts'
import { numbersConform } from '../../engines/core/conformance/numbers.ts'
import { cutsConform, operatorsConform } from '../../engines/core/conformance/operators.ts'
import { outputsConform } from '../../engines/core/conformance/outputs.ts'
import { queriesConform } from '../../engines/core/conformance/queries.ts'
import { recoveryConforms } from '../../engines/core/conformance/recovery.ts'
import { resizeConforms } from '../../engines/core/conformance/resize.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { statesConform } from '../../engines/core/conformance/states.ts'
import { textsConform } from '../../engines/core/conformance/texts.ts'
import { checkedEngineOf } from '../../engines/index.ts'

const subject = simulatedSubject('dstream', checkedEngineOf)

describe('operators', () => operatorsConform(subject))
describe('cuts', () => cutsConform(subject))
describe('numbers', () => numbersConform(subject))
describe('texts', () => textsConform(subject))
describe('laws', () => lawsConform(subject))
describe('checkpoints', () => checkpointsConform(subject))
describe('recovery', () => recoveryConforms(subject))
describe('a lost driver', () => driverConforms(subject))
describe('workers that join and leave', () => resizeConforms(subject))
describe('queries', () => queriesConform(subject))
describe('states', () => statesConform(subject))
describe('outputs', () => outputsConform(subject))
describe('traces', () => tracesConform(subject))
describe('model', () => hasADriver(subject))
describe('crossing', () => crossingConforms(subject))
describe('flow', () => flowConforms(subject))
describe('links that lose nothing', () => losslessConforms(subject))
describe('loops are refused', () => loopsAreRefused(subject))
describe('bounded', () => boundedConforms(subject))
describe('iterations as jobs', () => iterationsConform(subject))
