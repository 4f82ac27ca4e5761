/** What the page views must put out: the views of each url since the start. */
import type { Oracle } from '../oracle.ts'
import { type Binary, binaryOf, textOf } from '../oracle-digest.ts'
import { runningCountOracle } from '../oracle-folds.ts'

/**
 * Errors: throws for an event without a `url` of text, so that the verdict is *unknown*. The plan fails on what is no JSON;
 * a `url` of another kind it counts as it is, which nobody has said is right.
 */
export function pageViewsOracle(): Oracle {
  return runningCountOracle((record) => [urlOf(record)])
}

/** The url of an event, from the bytes of its JSON. */
export function urlOf(record: Binary): Binary {
  // Bytes of UTF-8 pass through JSON as they are; only an escape makes a character that is not a byte.
  const isPlain = !record.includes('\\u')
  const event = JSON.parse(isPlain ? record : textOf(record))
  if (typeof event?.url !== 'string') {
    throw new TypeError(
      `the truth for the record ${record}: an event without a url. Each record is a JSON object with its page, such as ` +
        '{"url":"/a"}; of another it is not said what it counts for. Leave such records out of the input, or give them a url.',
    )
  }
  return isPlain ? event.url : binaryOf(event.url)
}
