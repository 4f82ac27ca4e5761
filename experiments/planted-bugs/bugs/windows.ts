/** Bugs of windows: what is in one, what has left it, what of it is kept. */
import type { PlantedBug } from './planted-bug.ts'

export const WINDOWS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a window keeps one pane too many',
    file: 'engines/timely/operators/panes.ts',
    find: 'this.#closed.length - this.#shape.panes)',
    replace: 'this.#closed.length - this.#shape.panes - 1)',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'a window begins one pane too late',
    file: 'engines/dstream/dstream/partials.ts',
    find: 'const first = Math.floor(Math.max(span.after, 0) / this.pane) * this.pane + this.pane',
    replace:
      'const first = Math.floor(Math.max(span.after, 0) / this.pane) * this.pane + this.pane * (span.after > 0 ? 2 : 1)',
    caughtBy: 'dstream: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'what leaves a window is taken out twice',
    file: 'engines/timely/operators/reduce-by-window.ts',
    find: 'pane?.visitRows((rows) => this.#table.unfold(rows))',
    replace: 'for (const _ of [1, 2]) pane?.visitRows((rows) => this.#table.unfold(rows))',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'a window is restored without its open slide',
    file: 'engines/timely/operators/panes.ts',
    find: 'return [...this.#closed, ...this.#current].map((pane) => pane?.save())',
    replace: 'return [...this.#closed, ...this.#empty()].map((pane) => pane?.save())',
    caughtBy: 'timely: windows, re-added, killed',
    needs: 'a kill',
  },
  {
    name: 'lineage is forgotten one pane too early',
    file: 'engines/dstream/dstream/reduced-windowed-dstream.ts',
    find: 'const oldest = this.#inverse ? last - this.#length : last + this.period - this.#length',
    replace: 'const oldest = last + this.period - this.#length',
    caughtBy: 'dstream: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'the kernel that takes rows out of a table adds them',
    file: 'engines/core/kernels/table.as.ts',
    find: 'const factor: i64 = sign',
    replace: 'const factor: i64 = 1',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
]
