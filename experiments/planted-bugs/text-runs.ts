/** Runs of the battery over texts that are not UTF-8: judged by the interpreter of plans. */
import {
  type TextsName,
  TORN_LINES,
  TORN_STATICS,
  textsPlan,
} from '../../engines/core/conformance/plans/texts.ts'
import { INTERVAL_MS, type Scenario } from '../../engines/core/conformance/scenario.ts'

const torn = (name: TextsName, kernels: 'columns' | 'plain'): Scenario => ({
  plan: textsPlan(name, INTERVAL_MS),
  lines: TORN_LINES,
  statics: TORN_STATICS,
  config: { kernels },
})

export const TEXT_RUNS: Readonly<Record<string, Scenario>> = {
  'torn texts, static': torn('a join with static data', 'columns'),
  'torn texts, plain': torn('keys of a table', 'plain'),
}
