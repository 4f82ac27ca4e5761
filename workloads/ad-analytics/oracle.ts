/** What the ad analytics must put out: of each campaign the views of its ads in a window, if they are others than before. */
import type { Oracle } from '../oracle.ts'
import { type Binary, INTEGER, integerBody } from '../oracle-digest.ts'
import { nanosOf, windowCountOracle } from '../oracle-folds.ts'

interface AdAnalyticsParameters {
  readonly length: string
}

/** Of a0 to a999, ten are of one campaign. */
const AD = /^a(0|[1-9]\d{0,2})$/

export function adAnalyticsOracle({ length }: AdAnalyticsParameters): Oracle {
  const nanos = nanosOf(length)
  return windowCountOracle(campaignsOf, { length: nanos, slide: nanos })
}

function campaignsOf(record: Binary): readonly Binary[] {
  const [type, , ad = ''] = record.split('|')
  const number = AD.exec(ad)?.[1]
  if (type !== 'view' || number === undefined) return []
  return [`c${Math.floor(Number(number) / 10)}`]
}

/** The same of pairs of integers. */
export function adIntegersOracle({ length }: AdAnalyticsParameters): Oracle {
  const nanos = nanosOf(length)
  return windowCountOracle(campaignNumbersOf, { length: nanos, slide: nanos }, INTEGER)
}

/** A view is 0, and there are the ads 0 to 999. */
function campaignNumbersOf(record: Binary): readonly Binary[] {
  const pair = Buffer.from(record, 'latin1')
  const ad = pair.readUInt32LE(4)
  return pair.readUInt32LE(0) === 0 && ad < 1_000 ? [integerBody(Math.floor(ad / 10))] : []
}
