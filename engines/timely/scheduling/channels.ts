/** The engine's channels of the transport. The detector's heartbeats have one of their own (`membership`). */

/** Parcels between vertices (`dataflow/exchange.ts`). Class data. */
export const CHANNEL_DATA = 1
/** Progress updates to be applied. Class control, as all that follow. */
export const CHANNEL_BROADCAST = 2
/** Progress updates to be accumulated. */
export const CHANNEL_GATHER = 3
/** Checkpoints and rollbacks (`recovery/coordination.ts`). */
export const CHANNEL_COORDINATION = 4
