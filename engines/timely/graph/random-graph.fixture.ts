/** Random logical graphs with nested loops, for property tests: valid by construction, every stage reachable. */
import type { Random } from '../../core/world/random.ts'
import type { Channel } from './connector.ts'
import { GraphBuilder, type LogicalGraph } from './logical-graph.ts'
import { type ContextId, ROOT_CONTEXT } from './loop-context.ts'
import type { StageId } from './stage.ts'

const DEPTH_MAX = 2

export function randomGraph(random: Random, stagesMax = 4): LogicalGraph {
  const builder = new GraphBuilder()
  const inputs = [builder.input('input')]
  if (random.below(2) === 0) inputs.push(builder.input('other input'))
  block(builder, random, { context: ROOT_CONTEXT, depth: 0, inputs, stagesMax })
  return builder.finish()
}

interface Block {
  readonly context: ContextId
  readonly depth: number
  readonly inputs: readonly StageId[]
  readonly stagesMax: number
}

/** Adds stages that each read from earlier ones; returns all that later ones may read from. */
function block(builder: GraphBuilder, random: Random, at: Block): StageId[] {
  const stages = [...at.inputs]
  const some = (): StageId => stages[random.below(stages.length)]!
  const channel = (): Channel => (random.below(2) === 0 ? 'exchange' : 'pipeline')
  const count = 1 + random.below(at.stagesMax)
  for (let made = 0; made < count; made++) {
    if (at.depth < DEPTH_MAX && random.below(3) === 0) {
      const loop = builder.loop(at.context)
      const ingress = builder.ingress(`in ${loop}`, loop)
      const feedback = builder.feedback(`around ${loop}`, loop)
      const egress = builder.egress(`out ${loop}`, loop)
      builder.connect(some(), ingress, channel())
      const inner = block(builder, random, {
        context: loop,
        depth: at.depth + 1,
        inputs: [ingress, feedback],
        stagesMax: 2,
      })
      const body = inner.filter((stage) => stage !== feedback)
      builder.connect(body[random.below(body.length)]!, feedback, channel())
      builder.connect(body[random.below(body.length)]!, egress, channel())
      stages.push(egress)
    } else {
      const stage = builder.stage(`stage ${at.context}.${made}`, at.context)
      builder.connect(some(), stage, channel())
      if (random.below(2) === 0) builder.connect(some(), stage, channel())
      stages.push(stage)
    }
  }
  return stages
}
