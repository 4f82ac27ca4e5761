/** What the page views must put out: the views of each url since the start. */
import type { Oracle } from '../oracle.ts'
import { type Binary, binaryOf } from '../oracle-digest.ts'
import { runningCountOracle } from '../oracle-folds.ts'

/** Errors: whatever is no JSON object with a `url` of text throws, as the plan would fail on it. */
export function pageViewsOracle(): Oracle {
  return runningCountOracle((record) => [urlOf(record)])
}

function urlOf(record: Binary): Binary {
  // Bytes of UTF-8 pass through JSON as they are; only an escape makes a character that is not a byte.
  const isPlain = !record.includes('\\u')
  const event = JSON.parse(isPlain ? record : Buffer.from(record, 'latin1').toString('utf8'))
  if (typeof event?.url !== 'string') throw new TypeError(`an event without a url: ${record}`)
  return isPlain ? event.url : binaryOf(event.url)
}
