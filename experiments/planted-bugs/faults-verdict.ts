/** What faults of the simulated world promise, on scripted processes: a fault that does less, or more, would prove nothing. */
import type { Fault, FaultPlan, Link } from '../../engines/core/faults/fault.ts'
import { GRANT_CHANNEL } from '../../engines/core/ingest/block.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds, type Nanos } from '../../engines/core/units.ts'
import {
  countIn,
  type Play,
  play,
  told,
} from '../../engines/core/world/simulated/faults/scripted.fixture.ts'

const FROM = milliseconds(200)
const TO = milliseconds(600)
const SPAN = { at: FROM, length: TO - FROM }
const THERE: readonly Link[] = [{ from: 0, to: 1 }]

const PAUSE: Fault = { kind: 'pause', process: 1, ...SPAN }

const heardIn = (faults: FaultPlan, from: Nanos, to: Nanos): number =>
  countIn(told(play({ faults }), 'heard', 1), from, to)

/** Process 1 is replaced while it stands still. */
function zombie(): RunRecord {
  const act: Play['act'] = ({ process, authority }, now) => {
    if (process !== 0 || now < milliseconds(300) || authority.generation() !== 1) return
    const { generation, ...current } = authority.current()
    const members = current.members.map((member) =>
      member.process === 1 ? { ...member, incarnation: 2 } : member,
    )
    authority.propose(generation, { ...current, members })
  }
  return play({ faults: [PAUSE], act, options: { startDelay: milliseconds(20) } })
}

/** Process 0 acknowledges number 1,000 and no other; it is killed when it would have. */
function acknowledged(): boolean {
  let sent = false
  const act: Play['act'] = ({ process, transport }, now) => {
    if (process !== 0 || sent || now < FROM) return
    sent = true
    const payload = new Uint8Array(Float64Array.of(1_000, 0, 0, 7).buffer)
    transport.send({ to: 1, class: 'control', channel: GRANT_CHANNEL, generation: 1, payload })
  }
  const at = { on: 'before-acknowledgement', from: 0 } as const
  const record = play({ faults: [{ kind: 'kill', process: 0, at }], act })
  return told(record, 'heard', 1).some(({ fields }) => fields.number === 1_000)
}

/** What storage says of a write, by a fault that takes every write. */
function outcomeOf(what: 'torn' | 'full'): unknown {
  let asked = false
  const act: Play['act'] = ({ storage }, now) => {
    if (asked || now < FROM) return
    asked = true
    storage.write('blob', new Uint8Array(80))
  }
  const fault: Fault = { kind: 'storage', what, factor: 1, share: 1, ...SPAN }
  return told(play({ faults: [fault], act }), 'stored')[0]?.fields.outcome
}

const PROMISES: Readonly<Record<string, () => boolean>> = {
  'who is paused does not step': () =>
    countIn(told(play({ faults: [PAUSE] }), 'stepped', 1), FROM, TO) === 0,
  'a zombie’s commits are refused': () => zombie().staleCommits > 0,
  'a zombie’s region is its own': () => {
    const record = zombie()
    const bases = told(record, 'born', 1).map(({ fields }) => fields.base)
    return bases[0] !== bases[1] && told(record, 'stepped', 1).every(({ fields }) => fields.intact)
  },
  'what is dropped does not arrive': () => {
    const drop: Fault = { kind: 'drop', links: THERE, share: 1, by: 0, ...SPAN }
    return heardIn([drop], FROM + milliseconds(1), TO) === 0
  },
  'a link that is whole again brings what was lost at once': () => {
    const split: Fault = { kind: 'split', links: THERE, ...SPAN }
    return heardIn([split], TO, TO + milliseconds(30)) > 39
  },
  'what is delayed is not overtaken': () => {
    const delay: Fault = {
      kind: 'delay',
      links: THERE,
      share: 0.3,
      by: milliseconds(35),
      ...SPAN,
    }
    return play({ faults: [delay] }).processes[1]!.counters.repeatedFrames === undefined
  },
  'a wrong clock does not say when a commit is visible': () => {
    const skew: Fault = { kind: 'skew', process: 1, by: milliseconds(20), ...SPAN }
    const { commits } = play({ faults: [skew] })
    const found = commits.find(
      ({ partition, tick }) => partition === 1 && tick === milliseconds(400),
    )
    return found!.visibleAt < milliseconds(381)
  },
  'a fault does not begin before its moment': () => {
    const at = { on: 'checkpoint', from: FROM } as const
    return told(play({ faults: [{ ...PAUSE, at } as Fault] }), 'fault-pause').length === 0
  },
  'a kill before an acknowledgement takes it along': () => !acknowledged(),
  'a torn write has failed': () => outcomeOf('torn') === 'failed',
  'a full disk takes nothing': () => outcomeOf('full') === 'failed',
}

/** The first promise that is broken. */
export function faultsVerdict(): string | undefined {
  const broken = Object.entries(PROMISES).find(([, holds]) => !holds())
  return broken && `not so: ${broken[0]}`
}
