/**
 * Bugs to be planted, as data: the checks are worth what they catch.
 *
 * `find` is a text that occurs once in `file`; `replace` takes its place while the module is loaded (`plant.ts`), or, in a
 * kernel's source, is compiled. Some are in the oracles: what judges must not be wrong without being contradicted.
 * `caughtBy` is the run of the battery that catches it, whatever others do; of a bug that is hunted by random trials (`hunt.ts`) it
 * is `seeds`, which runs the trial that was found. `needs` says what a bug takes to be seen at all: some are there in every run,
 * others only after a kill or another fault, or when workers are out of step.
 */
export interface PlantedBug {
  readonly name: string
  /** From the repository's root. */
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly caughtBy: string
  readonly needs: 'nothing' | 'a kill' | 'a fault' | 'an interleaving'
}
