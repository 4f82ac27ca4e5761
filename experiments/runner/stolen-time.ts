/**
 * What the host of a virtual machine took from it (METHOD 5): the steal time of `/proc/stat`, which no thread's own gaps tell from a
 * neighbour's on the same machine. Of all cores, since the kernel does not say whose thread waited.
 */
import { readFileSync } from 'node:fs'

/** Of all cores since the start of the machine, in the kernel's units, of 10 ms. */
export interface MachineTime {
  readonly all: number
  readonly stolen: number
}

/** Now; undefined where there is no `/proc/stat`, or none that knows stolen time. */
export function machineTime(): MachineTime | undefined {
  try {
    return machineTimeOf(readFileSync('/proc/stat', 'latin1'))
  } catch {
    return undefined
  }
}

const STOLEN = 7

/** The line `cpu`: user, nice, system, idle, iowait, irq, softirq, steal. What follows, time of guests, is in user and nice. */
export function machineTimeOf(text: string): MachineTime | undefined {
  const [name, ...fields] = text.slice(0, text.indexOf('\n')).trim().split(/\s+/)
  const times = fields.slice(0, STOLEN + 1).map(Number)
  const stolen = times[STOLEN]
  if (name !== 'cpu' || stolen === undefined || times.some(Number.isNaN)) return undefined
  return { all: times.reduce((sum, time) => sum + time, 0), stolen }
}

/** Of the time between two readings; undefined where one is, or where no time has passed. */
export function stolenShare(
  from: MachineTime | undefined,
  to: MachineTime | undefined,
): number | undefined {
  if (from === undefined || to === undefined || to.all <= from.all) return undefined
  // The kernel corrects it backwards now and then.
  return Math.max(0, to.stolen - from.stolen) / (to.all - from.all)
}
