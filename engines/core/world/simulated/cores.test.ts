/** Cores that processes share: who runs when, on one agenda. */
import { expect, it } from 'vitest'
import { Cores } from './cores.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Steps as [process, instant, cost] → the instants at which they ran, in order. */
function ran(
  coresPerNode: number,
  steps: readonly (readonly [number, number, number])[],
  processesPerNode = 8,
): readonly (readonly [number, number])[] {
  const clock = new VirtualClock(0)
  const cores = new Cores(clock, { coresPerNode, processesPerNode })
  const order: [number, number][] = []
  for (const [process, at, cost] of steps) {
    clock.at(at, () =>
      cores.run(process, () => {
        order.push([process, clock.eventAt])
        clock.charge(cost)
      }),
    )
  }
  while (clock.advance(1_000_000));
  return order
}

it('a core for each process: nobody waits', () => {
  const steps = [
    [0, 0, 100],
    [1, 10, 100],
    [2, 10, 100],
  ] as const
  expect(ran(Number.POSITIVE_INFINITY, steps)).toEqual([
    [0, 0],
    [1, 10],
    [2, 10],
  ])
})

it('who finds none free waits for the first that is, in order of arrival', () => {
  const steps = [
    [0, 0, 100],
    [1, 10, 30],
    [2, 20, 5],
    [3, 30, 5],
    [4, 44, 5],
  ] as const
  expect(ran(2, steps)).toEqual([
    [0, 0],
    [1, 10],
    [2, 40],
    [3, 45],
    [4, 50],
  ])
})

it('nodes do not share', () => {
  const steps = [
    [0, 0, 100],
    [1, 0, 10],
    [2, 0, 10],
  ] as const
  expect(ran(1, steps, 2)).toEqual([
    [0, 0],
    [2, 0],
    [1, 100],
  ])
})
