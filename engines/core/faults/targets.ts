/** Whom roles name in a run: processes, and the links between them. */
import type { ProcessId } from '../units.ts'
import type { Link } from './fault.ts'
import { type FaultRun, processCount, processesOfRack } from './fault-run.ts'
import type { Role, Whom } from './fault-spec.ts'
import { refuse } from './refusal.ts'
import { isRest, writeWhom } from './whom.ts'

export interface Hit {
  readonly processes: readonly ProcessId[]
  readonly links: readonly Link[]
}

/** Errors: `ConfigurationError` for whom the run has not. */
export function hitOf(whom: Whom, asked: string, run: FaultRun): Hit {
  const named = (roles: readonly Role[]): readonly ProcessId[] => [
    ...new Set(roles.flatMap((role) => processesOf(role, asked, run))),
  ]
  switch (whom.on) {
    case 'storage':
      return { processes: [], links: [] }
    case 'processes':
      return { processes: named(whom.roles), links: [] }
    case 'links': {
      const sides = {
        from: isRest(whom.from) ? restOf(named(whom.to), run) : named(whom.from),
        to: isRest(whom.to) ? restOf(named(whom.from), run) : named(whom.to),
      }
      checkSides(sides, whom, asked)
      const there = linksOf(sides.from, sides.to)
      const back = whom.ways === 'both' ? linksOf(sides.to, sides.from) : []
      return { processes: [], links: [...there, ...back] }
    }
  }
}

function linksOf(from: readonly ProcessId[], to: readonly ProcessId[]): readonly Link[] {
  return from.flatMap((one) => to.map((other) => ({ from: one, to: other })))
}

function restOf(named: readonly ProcessId[], run: FaultRun): readonly ProcessId[] {
  const all = Array.from({ length: processCount(run) }, (_, process) => process)
  return all.filter((process) => !named.includes(process))
}

function checkSides(
  { from, to }: Readonly<Record<'from' | 'to', readonly ProcessId[]>>,
  whom: Whom,
  asked: string,
): void {
  if (from.length === 0 || to.length === 0) {
    refuse(asked, 'nobody on one side', 'Links have two ends', 'Name fewer on the other side')
  }
  if (from.some((process) => to.includes(process))) {
    const rule = 'A process has no link to itself'
    refuse(asked, `a process on both sides of “${writeWhom(whom)}”`, rule, 'Name others')
  }
}

function processesOf(role: Role, asked: string, run: FaultRun): readonly ProcessId[] {
  const { workers, engineProcesses, ingest, engine } = run
  switch (role.role) {
    case 'worker':
      checkNumber(role, workers, asked)
      return [role.number]
    case 'driver':
      if (engine === 'dstream') return [workers]
      return refuse(
        asked,
        'the timely engine',
        'Its workers agree among themselves, and no driver is in charge of them',
        'Use --engine dstream, or name a worker',
      )
    case 'receiver':
      checkPushed(role.role, asked, ingest)
      checkNumber(role, workers, asked)
      return [role.number]
    case 'client':
      checkPushed(role.role, asked, ingest)
      return [engineProcesses]
    case 'rack':
      return rackOf(role.number, asked, run)
    case 'rest':
      return []
  }
}

type Numbered = Extract<Role, { readonly number: number }>

function checkNumber({ role, number }: Numbered, count: number, asked: string): void {
  if (number < count) return
  refuse(
    asked,
    `no ${role} ${number}`,
    `The run has ${count === 1 ? `${role} 0` : `${role}s 0 to ${count - 1}`}`,
    role === 'rack' ? 'Name one of them' : 'Name one of them, or give more --workers',
  )
}

function checkPushed(role: Role['role'], asked: string, ingest: FaultRun['ingest']): void {
  if (ingest === 'pushed') return
  const rule = 'Only pushed input has a client, and receivers; a log is read in place'
  refuse(asked, `no ${role}`, rule, 'Add --ingest pushed')
}

function rackOf(number: number, asked: string, run: FaultRun): readonly ProcessId[] {
  const { world, workers, racks } = run
  if (racks === undefined || world === 'threads') {
    const found = world === 'threads' ? 'threads of this machine' : 'nodes without racks'
    const remedy = 'Give --world simulated, --nodes and --racks'
    refuse(asked, found, 'A rack is a part of the nodes of a simulated cluster', remedy)
  }
  checkNumber({ role: 'rack', number }, racks, asked)
  return processesOfRack(number, { workers, racks })
}
