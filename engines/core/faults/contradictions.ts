/**
 * Faults that contradict each other, before a run: two of a kind at once on the same process, link or storage, and what is
 * to hit a worker that is dead for good. Of faults that begin at a moment nobody knows that; the judge of the run finds out.
 */
import { formatDuration } from '../plan/duration.ts'
import type { Nanos, ProcessId } from '../units.ts'
import type { Fault } from './fault.ts'
import type { FaultRun } from './fault-run.ts'
import { refuse } from './refusal.ts'

export interface Planned {
  readonly fault: Fault
  /** That of the plan that it comes from. */
  readonly line: string
}

/** Errors: `ConfigurationError` that names both. */
export function checkPlan(planned: readonly Planned[], run: FaultRun): void {
  const spans = new Map<string, Span[]>()
  for (const each of planned) {
    const { fault } = each
    if (typeof fault.at !== 'number') continue
    const end = fault.kind === 'kill' ? fault.at + 1 : fault.at + fault.length
    for (const subject of subjectsOf(fault)) {
      const known = spans.get(subject)
      if (known === undefined) spans.set(subject, [{ ...each, begin: fault.at, end }])
      else known.push({ ...each, begin: fault.at, end })
    }
  }
  for (const each of spans.values()) checkApart(each, run)
  if (run.replacement === 'survivors') checkDead(planned, run)
}

interface Span extends Planned {
  readonly begin: Nanos
  readonly end: Nanos
}

/** What has at most one fault of a kind at a time. */
function subjectsOf(fault: Fault): readonly string[] {
  switch (fault.kind) {
    case 'kill':
    case 'pause':
    case 'slow':
    case 'contend':
    case 'skew':
      return [`${fault.kind} ${fault.process}`]
    case 'delay':
    case 'drop':
    case 'duplicate':
    case 'reorder':
    case 'split':
      return fault.links.map(({ from, to }) => `${fault.kind} ${from} ${to}`)
    case 'storage':
      return [`storage ${fault.what}`]
  }
}

function checkApart(spans: readonly Span[], { start }: FaultRun): void {
  const ordered = spans.toSorted((a, b) => a.begin - b.begin)
  for (const [index, span] of ordered.entries()) {
    const before = ordered[index - 1]
    if (before === undefined || span.begin >= before.end) continue
    refuse(
      bothOf(before, span),
      `two at once, ${formatDuration(span.begin - start)} after the start`,
      'What is hit has one fault of a kind at a time',
      'Drop one, or let the first end before the other begins',
    )
  }
}

/** Survivors take over: who was killed stays dead. Of the driver and a client that is theirs to say. */
function checkDead(planned: readonly Planned[], { workers, start }: FaultRun): void {
  const deaths = new Map<ProcessId, Planned & { readonly at: Nanos }>()
  for (const each of planned) {
    const { fault } = each
    if (fault.kind !== 'kill' || typeof fault.at !== 'number' || fault.process >= workers) continue
    const known = deaths.get(fault.process)
    if (known === undefined || fault.at < known.at) {
      deaths.set(fault.process, { ...each, at: fault.at })
    }
  }
  for (const each of planned) {
    const { fault } = each
    if (!('process' in fault)) continue
    const death = deaths.get(fault.process)
    if (death === undefined || death.fault === fault) continue
    const from = typeof fault.at === 'number' ? fault.at : fault.at.from
    if (from < death.at) continue
    refuse(
      bothOf(death, each),
      `worker ${fault.process} is dead from ${formatDuration(death.at - start)} on`,
      'With --replacement survivors nobody takes the place of who is lost',
      'Use --replacement respawn, or name another worker',
    )
  }
}

function bothOf(one: Planned, other: Planned): string {
  return one.line === other.line
    ? `the fault '${one.line}'`
    : `the faults '${one.line}' and '${other.line}'`
}
