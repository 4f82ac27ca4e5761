/**
 * Verdicts: what a checker says about a run, and why.
 *
 *   valid     everything that was to be committed was, once, early enough to be checked, and it is what the oracle says
 *   invalid   something that was committed is wrong, something is missing from a run that says it completed, or a fault of its
 *             plan had no effect
 *   unknown   nothing wrong was seen, but not everything could be looked at
 *
 * What is wrong stays wrong however the run ended, so *invalid* wins over *unknown*.
 */

/** Definite violations, by kind. */
export type Fault =
  /** No commit where one is due. */
  | 'missing'
  /** A commit where none can be: another output, partition, or tick. */
  | 'extra'
  /** A later commit with another digest than the first. */
  | 'contradicted'
  /** The first commit's digest is not the oracle's. */
  | 'wrong'
  /** Other records were counted as late than the oracle counts. */
  | 'late-count'
  /** A commit of an older generation after one of a younger. */
  | 'generation'
  /** Visible before the tick had ended. */
  | 'early'
  /** A fault, or a change of the workers, that was planned did not take effect: the run has not shown what it was to show. */
  | 'no-effect'
  /** The kept rows do not have the digest that was committed. */
  | 'rows'

/** Why nothing can be said. */
export type Doubt =
  | 'not-completed'
  | 'no-digests'
  /** The run ended before any output had a result to commit, or before a record of its live input. */
  | 'nothing-due'
  /** The oracle did not speak of a tick that is due, or spoke of one that is not. */
  | 'oracle-differs'
  | 'checker-failed'

export interface Reason<K extends string = Fault | Doubt> {
  readonly kind: K
  /** How often it was seen. */
  readonly count: number
  /** The first few, in words. */
  readonly examples: readonly string[]
}

export type Verdict =
  | { readonly state: 'valid'; readonly commits: number; readonly repeated: number }
  | { readonly state: 'invalid'; readonly reasons: readonly Reason[] }
  | { readonly state: 'unknown'; readonly reasons: readonly Reason<Doubt>[] }

const EXAMPLES_MAX = 5

/** Collects reasons while a run is looked at. */
export class Findings {
  readonly #faults = new Map<Fault, { count: number; examples: string[] }>()
  readonly #doubts = new Map<Doubt, { count: number; examples: string[] }>()

  fault(kind: Fault, example: () => string): void {
    note(this.#faults, kind, example)
  }

  doubt(kind: Doubt, example: () => string): void {
    note(this.#doubts, kind, example)
  }

  verdict(counts: { readonly commits: number; readonly repeated: number }): Verdict {
    const doubts = reasonsOf(this.#doubts)
    const faults = reasonsOf(this.#faults)
    if (faults.length > 0) return { state: 'invalid', reasons: [...faults, ...doubts] }
    if (doubts.length > 0) return { state: 'unknown', reasons: doubts }
    return { state: 'valid', ...counts }
  }
}

/** The verdict of a check; of one that throws: *unknown*, unless a fault had been found before. */
export function checked(check: (findings: Findings) => Verdict): Verdict {
  const findings = new Findings()
  try {
    return check(findings)
  } catch (error) {
    findings.doubt('checker-failed', () => (error instanceof Error ? error.message : `${error}`))
    return findings.verdict({ commits: 0, repeated: 0 })
  }
}

/** One line for a summary or a row of results. */
export function describeVerdict(verdict: Verdict): string {
  if (verdict.state === 'valid') {
    const repeated =
      verdict.repeated > 0 ? `, ${verdict.repeated} repeated with the same digest` : ''
    return `valid: ${verdict.commits} commits${repeated}`
  }
  const reasons = verdict.reasons.map(
    ({ kind, count, examples }) => `${kind} ×${count} (${examples.join('; ')})`,
  )
  return `${verdict.state}: ${reasons.join(', ')}`
}

function note<K>(
  notes: Map<K, { count: number; examples: string[] }>,
  kind: K,
  example: () => string,
): void {
  const known = notes.get(kind) ?? { count: 0, examples: [] }
  known.count += 1
  if (known.examples.length < EXAMPLES_MAX) known.examples.push(example())
  notes.set(kind, known)
}

function reasonsOf<K extends string>(
  notes: ReadonlyMap<K, { count: number; examples: string[] }>,
): Reason<K>[] {
  return [...notes].map(([kind, { count, examples }]) => ({ kind, count, examples }))
}
