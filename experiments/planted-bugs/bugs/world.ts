/** Bugs of what is between processes, and of who does which work. */
import type { PlantedBug } from './planted-bug.ts'

export const WORLD_BUGS: readonly PlantedBug[] = [
  {
    name: 'a frame that comes after a lost one is taken in',
    file: 'engines/core/world/session-layer.ts',
    find: 'if (header.sequence !== session.expected) {',
    replace: 'if (header.sequence < session.expected) {',
    caughtBy: 'session',
    needs: 'an interleaving',
  },
  {
    name: 'what was lost is not sent again',
    file: 'engines/core/world/outbox.ts',
    find: '    this.#next = this.#head\n',
    replace: '    this.#next = this.#sent\n',
    caughtBy: 'session',
    needs: 'an interleaving',
  },
  {
    name: 'an acknowledgement is for one frame more than arrived',
    file: 'engines/core/world/outbox.ts',
    find: 'while (this.#headSequence < sequence &&',
    replace: 'while (this.#headSequence <= sequence &&',
    caughtBy: 'session',
    needs: 'an interleaving',
  },
  {
    name: 'a ring goes on behind its end after it wrapped',
    file: 'engines/core/world/threads/ring.ts',
    find: 'this.#tail = (this.#tail + rest) | 0',
    replace: 'this.#tail = (this.#tail + rest + 8) | 0',
    caughtBy: 'ring',
    needs: 'nothing',
  },
  {
    name: 'a commit is stamped with an instant before it',
    file: 'engines/core/world/threads/commit-ring.ts',
    find: 'f64[number + 5] = now()',
    replace: 'f64[number + 5] = now() - 1e9',
    caughtBy: 'timely: threads',
    needs: 'nothing',
  },
  {
    name: 'a batch is stamped as read when the latest one was',
    file: 'engines/dstream/worker/read-instants.ts',
    find: 'return this.#batches[place] === batch ? this.#instants[place] : undefined',
    replace: 'return Math.max(...this.#instants)',
    caughtBy: 'dstream: running, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'all partitions are on one worker',
    file: 'engines/core/membership/membership.ts',
    find: 'const next = workers[turn % workers.length]!',
    replace: 'const next = workers[0]!',
    caughtBy: 'timely: running, the model',
    needs: 'nothing',
  },
  {
    name: 'the partitioner keeps everything with the first worker',
    file: 'engines/dstream/rdd/partitioner.ts',
    find: 'return this.#placement[partition]!',
    replace: 'return this.#placement[partition]! * 0',
    caughtBy: 'dstream: running, the model',
    needs: 'nothing',
  },
  {
    name: 'each tick worker 0 is told of what is committed',
    file: 'engines/timely/operators/sink.ts',
    find: 'const due = nextEmission(this.#options.period, epoch)',
    replace:
      "const due = nextEmission(this.#options.period, epoch)\n    this.#options.world.transport.send({ to: 0, class: 'control', channel: 0xffff, generation: this.#options.generation, payload: new Uint8Array(4) })",
    caughtBy: 'timely: running, the model',
    needs: 'nothing',
  },
  {
    name: 'a worker launches a task that nobody has launched',
    file: 'engines/dstream/worker/worker.ts',
    find: 'this.#launch(stage, batch, partition, mask),',
    replace:
      '{\n        this.#launch(stage, batch, partition, mask)\n        if (stage === 0 && this.#graph.stages[0]!.movable) this.#launch(stage, batch, partition, mask)\n      },',
    caughtBy: 'dstream: running, the model',
    needs: 'nothing',
  },
  {
    name: 'what a link has no room for is thrown away',
    file: 'engines/core/world/session-layer.ts',
    find: '      session.outbox.append(header, payload, tail)\n',
    replace: '      if (session.outbox.empty) session.outbox.append(header, payload, tail)\n',
    caughtBy: 'loop',
    needs: 'nothing',
  },
  {
    name: 'a send waits until its link has room',
    file: 'engines/core/world/session-layer.ts',
    find: '      session.outbox.append(header, payload, tail)\n',
    replace:
      '      session.outbox.append(header, payload, tail)\n      while (session.outbox.unsent) this.#flushSession(session, this.#context.now())\n',
    caughtBy: 'loop',
    needs: 'nothing',
  },
]
