/**
 * Gives every fast-check property the same seed, so that the same commit passes or fails the same tests everywhere.
 * `PROPERTY_SEED=<integer>` looks elsewhere; a failure prints the seed that it was found with.
 */
import fc from 'fast-check'

const given = process.env.PROPERTY_SEED ?? '1'
const seed = Number(given)
if (given.trim() === '' || !Number.isInteger(seed)) {
  throw new Error(`PROPERTY_SEED is ${JSON.stringify(given)}: it has to be an integer, such as 7`)
}
fc.configureGlobal({ seed })
