/** Names of arms that claims and rows of the bench ask for. */
export const ARM = {
  timelyNone: 'timely none',
  dstreamNone: 'dstream no checkpoints',
  checkpoint: 'timely checkpoint',
  logging: 'timely logging',
  snapshots: 'timely barrier-snapshots',
  upstream: 'timely upstream-backup',
  standby: 'timely active-standby',
  lineage: 'dstream lineage',
  checkpointSurvivors: 'timely checkpoint survivors',
  lineageSurvivors: 'dstream lineage survivors',
  driver: 'dstream driver',
  worker: 'dstream worker',
  straggler: 'dstream 20 nodes',
  speculation: 'dstream 20 nodes speculation',
  timelyBurst: 'timely',
  dstreamBurst: 'dstream',
  timelyResized: 'timely resized',
  dstreamResized: 'dstream resized',
} as const

/** With checkpoints so many seconds apart. */
export const intervalArm = (engine: 'timely' | 'dstream', seconds: number): string =>
  `${engine} ${seconds} s`
