/**
 * The epochs before which checkpoints are due: at the interval, and where workers join or leave. Every worker knows them, so none
 * is announced.
 */
import type { ProcessSetup } from '../../core/engine.ts'

/** The first epoch after this one before which a checkpoint is due; `Infinity`: none is any more. */
export type DueAfter = (epoch: number) => number

export const NEVER_DUE: DueAfter = () => Number.POSITIVE_INFINITY

/** Multiples of the interval, and the first tick's end at or after each change of the workers, in a run of so many epochs. */
export function dueEpochs(
  { config, ticks }: Pick<ProcessSetup, 'config' | 'ticks'>,
  epochs: number,
): DueAfter {
  const interval = ticks.indexOfEnd(config.timely.checkpointInterval)
  const changes = config.resize?.steps.map(({ at }) => ticks.containing(at - 1)) ?? []
  return (epoch) => {
    const regular = (Math.floor(epoch / interval) + 1) * interval
    const change = changes.find((each) => each > epoch) ?? Number.POSITIVE_INFINITY
    const next = Math.min(regular, change)
    // After the last tick nobody needs to come back.
    return next < epochs ? next : Number.POSITIVE_INFINITY
  }
}

/** A border before each epoch, which is none to copy at. */
export const EACH_EPOCH: DueAfter = (epoch) => epoch + 1
