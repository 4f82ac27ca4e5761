/** What the ad analytics must put out: of each campaign the views of its ads in a window, if they are others than before. */
import type { Oracle } from '../oracle.ts'
import type { Binary } from '../oracle-digest.ts'
import { nanosOf, windowCountOracle } from '../oracle-folds.ts'

/** Of a0 to a999, ten are of one campaign. */
const AD = /^a(0|[1-9]\d{0,2})$/

export function adAnalyticsOracle({ length }: { readonly length: string }): Oracle {
  const nanos = nanosOf(length)
  return windowCountOracle(campaignsOf, { length: nanos, slide: nanos })
}

function campaignsOf(record: Binary): readonly Binary[] {
  const [type, , ad = ''] = record.split('|')
  const number = AD.exec(ad)?.[1]
  if (type !== 'view' || number === undefined) return []
  return [`c${Math.floor(Number(number) / 10)}`]
}
