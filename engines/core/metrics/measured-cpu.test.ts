import { expect, it } from 'vitest'
import { MeasuredCpu } from './measured-cpu.ts'

const input = { rate: 1, duration: 300 }

it('is what was used between the first readings at or after both edges', () => {
  const measured = new MeasuredCpu({ measuredFrom: 100, input })
  expect(measured.edge).toBe(100)
  measured.read(90, 50)
  expect([measured.ns, measured.edge]).toEqual([0, 100])
  // The round that went on at the edge counts before it.
  measured.read(120, 70)
  expect([measured.ns, measured.edge]).toEqual([0, 300])
  measured.read(250, 150)
  expect(measured.ns).toBe(80)
  measured.read(310, 200)
  expect([measured.ns, measured.edge]).toEqual([130, Number.POSITIVE_INFINITY])
  measured.read(320, 900)
  expect(measured.ns).toBe(130)
})

it('begins where the clock starts, and ends with the last reading of a life that was killed', () => {
  const history = { duration: 200, rate: 1 }
  const measured = new MeasuredCpu({ input: { ...input, history } })
  measured.read(199, 5)
  measured.read(200, 9)
  measured.read(220, 30)
  expect(measured.ns).toBe(21)
})
