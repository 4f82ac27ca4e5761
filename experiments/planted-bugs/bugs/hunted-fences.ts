/** Bugs of what both engines stand on, membership, sessions and pushed input, that random trials hunt (`hunt.ts`). */
import type { PlantedBug } from './planted-bug.ts'

export const HUNTED_FENCES: readonly PlantedBug[] = [
  {
    name: 'a replacement is held to the silence of who was before it',
    file: 'engines/core/membership/failure-detector.ts',
    find: 'known?.incarnation === incarnation',
    replace: 'known !== undefined',
    caughtBy: 'seeds',
    needs: 'a kill',
  },
  {
    name: 'a replacement gets no time to start',
    file: 'engines/core/membership/failure-detector.ts',
    find: '(peer.heardOnce ? 1 : START_FACTOR)',
    replace: '(peer.heardOnce ? 1 : 1 / START_FACTOR)',
    caughtBy: 'seeds',
    needs: 'a kill',
  },
  {
    name: 'of two proposals at once both are accepted',
    file: 'engines/core/world/simulated/simulated-authority.ts',
    find: 'if (this.#membership.generation === expected) {',
    replace: 'if (this.#membership.generation >= expected) {',
    caughtBy: 'seeds',
    needs: 'a fault',
  },
  {
    name: 'a session goes on with the next life of a peer',
    file: 'engines/core/world/session-layer.ts',
    find: 'if (place.incarnation === session.incarnation) return',
    replace: 'if (place.incarnation > 0) return',
    caughtBy: 'seeds',
    needs: 'a kill',
  },
  {
    name: 'a frame of a life that is over is taken',
    file: 'engines/core/world/session-layer.ts',
    find: 'if (header.fromIncarnation !== session.incarnation) this.refresh()\n    if (header.fromIncarnation !== session.incarnation) {',
    replace:
      'if (header.fromIncarnation !== session.incarnation) this.refresh()\n    if (header.fromIncarnation > session.incarnation) {',
    caughtBy: 'seeds',
    needs: 'a fault',
  },
  {
    name: 'pushed records that were not acknowledged are not sent again',
    file: 'engines/core/ingest/client.ts',
    find: '      lane.sent = acknowledged\n',
    replace: '      lane.sent = Math.max(lane.sent, acknowledged)\n',
    caughtBy: 'seeds',
    needs: 'a kill',
  },
  {
    name: 'a new owner is not told how far its records are known',
    file: 'engines/core/ingest/client.ts',
    find: 'lane.known = acknowledged === 0 ? 0 : this.#log.dueOf(partition, acknowledged - 1)',
    replace: 'lane.known += partition - partition',
    caughtBy: 'seeds',
    needs: 'a kill',
  },
  {
    name: 'a new owner is sent nothing by who holds its records',
    file: 'engines/core/ingest/handover.ts',
    find: "      lane.state = 'fetching'\n",
    replace:
      '      if (best.end > 0) {\n        this.#hooks.complete(lane)\n        continue\n      }\n',
    caughtBy: 'seeds',
    needs: 'a kill',
  },
]
