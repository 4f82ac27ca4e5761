/**
 * Takeover: a fresh process takes the place of a worker that was lost, alone, and nobody else goes back. Upstream backup (Hwang et al.,
 * "High-Availability Algorithms for Distributed Stream Processing", ICDE 2005), the baseline of D-Streams §5.2, Figure 7.
 *
 *   those that live   halt with all that they have · tell how far each stage has come ──▶ coordinator
 *   coordinator       all have told: the checkpoint, and who goes on without it ──restore──▶ all
 *   the standby       reads the states of the lost worker's partitions ──all have: begin──▶ all
 *   then              the others send again what their receivers lack (`sent-rows.ts`), epoch by epoch; the standby reads the lost
 *                     worker's input again, from the checkpoint on, and works off both alone; all others go on as far as frontiers let them
 *
 * What a worker keeps: its states, the tick that its sources have half read, closes and commits that are half done. What it
 * drops: rows from other stages of epochs that it has not closed. For each stage it tells two epochs, the one that it closes next
 * (*open*) and the first one of which it has taken no rows (*wants*): during a close the second is one more.
 *
 * Why that is safe:
 *
 * - *No row is lost or counted twice.* When a stage begins to close an epoch, its view says that nothing of it can come any more, and no view is
 *   ahead of the truth; so it has all rows of the epoch, of the lost worker too. Until then it has folded none of them (`stage-border.ts`). So what
 *   a state has taken is whole epochs, all before `wants`. All from there on is dropped, and sent again by those that live, who
 *   have kept it, or made again by the standby, which begins before. What it makes again for epochs before a receiver's `wants` is not sent to it.
 *   Rows of an epoch may be combined otherwise the second time; what they come to is equal, as after any rollback.
 * - *A generation begins with what is outstanding, told by those at whom it is.* Messages of the generation before are dropped by all, and nobody does
 *   anything from when it tells until all begin. So the truth is what is outstanding at each worker: a notification or an input at `open` of
 *   each of its stages; those of the standby at the checkpoint; and what will be sent again. For that, inputs of those that live count
 *   once more, as open at the checkpoint, until all is sent (`resend.ts`): a row that is sent again could result from them. All
 *   workers state the same counts, those of the message that told them to begin, so every view begins as the truth, and what follows is the protocol.
 * - *Frontiers may fall back*, to the checkpoint: what was notified, closed and committed stays so, since it is known to its stages, and
 *   not to views. A stage asks for nothing before its `open`.
 *
 * All are free to stop in the middle: who has not begun again when the next one is lost has still all that it had, and tells the same. A worker whose
 * rows were not kept, or that has not come as far as the checkpoint (a standby, when another is lost), begins at the checkpoint as the standby does.
 * If nobody else is left, that is the rollback of all.
 */
import type { ProcessId } from '../../core/units.ts'
import { holdersOf, type StagePlan } from '../lower.ts'

/** How far a stage has come on a worker. */
export interface StagePlace {
  /** The epoch that it closes next, or is closing: its notification, or its input, is outstanding there. */
  readonly open: number
  /** The first epoch of which no rows are in its states. */
  readonly wants: number
}

/** What a worker has when another is lost. */
export interface Kept {
  /** From this epoch on all is kept that it has sent. */
  readonly sentFrom: number
  /** By stage; null where it has no part. */
  readonly stages: readonly (StagePlace | null)[]
}

/** One that goes on with what it has. */
export interface KeptWorker extends Kept {
  readonly worker: ProcessId
}

/** Those of the workers that can go on while others begin at a checkpoint. */
export function thoseKept(
  told: ReadonlyMap<ProcessId, Kept | null>,
  checkpoint: number,
): readonly KeptWorker[] {
  const kept: KeptWorker[] = []
  for (const [worker, has] of told) {
    if (has === null || has.sentFrom > checkpoint) continue
    if (has.stages.some((place) => place !== null && place.open < checkpoint)) continue
    kept.push({ worker, ...has })
  }
  return kept.sort((a, b) => a.worker - b.worker)
}

/** The furthest epoch that anybody has come to. */
export function furthest(kept: readonly Kept[], checkpoint: number): number {
  let furthest = checkpoint
  for (const { stages } of kept) {
    for (const place of stages) if (place !== null) furthest = Math.max(furthest, place.open)
  }
  return furthest
}

/** What is outstanding at a stage, at one epoch, when a generation begins. */
export interface Outstanding {
  readonly epoch: number
  /** Over all workers, and of it this worker's. */
  readonly total: number
  readonly share: number
}

export interface Beginning {
  readonly self: ProcessId
  readonly placement: readonly ProcessId[]
  /** The checkpoint, and those that go on without it. */
  readonly epoch: number
  readonly kept: readonly KeptWorker[]
  /** Where those begin that do not: the stage's first epoch from the checkpoint on. */
  readonly first: number
}

/** Equal on all workers, but for their shares. */
export function outstandingAt(stage: StagePlan, beginning: Beginning): readonly Outstanding[] {
  const { self, placement, epoch: checkpoint, kept, first } = beginning
  const found = new Map<number, Outstanding>()
  const add = (epoch: number, worker: ProcessId): void => {
    const { total, share } = found.get(epoch) ?? { total: 0, share: 0 }
    const own = worker === self ? 1 : 0
    found.set(epoch, { epoch, total: total + 1, share: share + own })
  }
  for (const worker of holdersOf(stage, placement)) {
    const place = kept.find((other) => other.worker === worker)?.stages[stage.stage]
    add(place?.open ?? first, worker)
    if (place && stage.isSource) add(checkpoint, worker)
  }
  return [...found.values()]
}
