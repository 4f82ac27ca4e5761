/**
 * Whether a baseline is as fast here as it should be, by the rates of PEERS §1 on another machine.
 *
 * Machines differ by more than a clock: of two, one had 0.9 of the other's rate where a loop waits for its caches and 0.64
 * where it computes. So one yardstick (METHOD: the plain byte loop) misjudges a loop of the other kind: one and the same
 * call of the runtime was 8.3 to 12.8 times the byte loop within a day, as neighbours took the caches. A baseline is held
 * against the geometric mean of several, of both kinds; its ratio to the byte loop is stated beside it.
 */
import { type Visit, valueInRound } from './groups.ts'
import { subjectOfMeasure } from './subjects.ts'

/** Medians of PEERS §1, M records/s; that of the kernel loop is from the same measurements, where *Instrument* states it. */
const PEERS: Readonly<Record<string, number>> = {
  'byte loop, wide table': 2.46,
  'split + Map': 0.81,
  'Buffer.includes': 6.3,
  'string.includes': 20.6,
  'kernel loop': 15,
  'chunk indexOf': 26.7,
}
const YARDSTICKS = ['byte loop, wide table', 'split + Map', 'Buffer.includes', 'string.includes']
const BYTE_LOOP = 'byte loop, wide table'
/** METHOD's 15 % about a baseline's ratio in PEERS, by the estimate, so that noise invalidates and never excuses. */
export const PEERS_TOLERANCE = 0.15

/** `below`: what the yardsticks let expect of the loop on this machine. */
export interface AgainstPeers {
  readonly value: number
  readonly above: number
  readonly below: number
}

export const isInPeers = (loop: string): boolean => loop in PEERS

/** A loop's part of its rate in PEERS over the yardsticks' mean part of theirs; undefined where one of them did not count. */
export function againstPeers(visits: readonly Visit[], loop: string): AgainstPeers | undefined {
  const above = rateIn(visits, loop)
  if (above === undefined) return undefined
  let logs = 0
  const others = YARDSTICKS.filter((name) => name !== loop)
  for (const name of others) {
    const rate = rateIn(visits, name)
    if (rate === undefined) return undefined
    logs += Math.log(rate / PEERS[name]!)
  }
  const below = PEERS[loop]! * Math.exp(logs / others.length)
  return { value: above / below, above, below }
}

/** METHOD's own measure of a baseline, for the note of its row. */
export function besideByteLoop(visits: readonly Visit[], loop: string): number | undefined {
  const [above, below] = [rateIn(visits, loop), rateIn(visits, BYTE_LOOP)]
  return above === undefined || below === undefined ? undefined : above / below
}

/** Mean over a group's visits, which stand around each other: a drift that is linear cancels. */
function rateIn(visits: readonly Visit[], loop: string): number | undefined {
  return valueInRound(visits, { subject: subjectOfMeasure(loop).name, measure: loop })?.value
}

export const byteLoopInPeers = (loop: string): number => PEERS[loop]! / PEERS[BYTE_LOOP]!
