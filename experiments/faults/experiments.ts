/** The experiments around faults as the registry has them: question, factors, claims. What must be reached is a row of `bench`. */
import type { Experiment } from '../experiment.ts'
import { faultsCommand } from './command.ts'
import { DESIGNS } from './designs.ts'

export const faultExperiments: readonly Experiment[] = DESIGNS.map((design) => {
  const { name, question, shows, arms, full, claims } = design
  return {
    name,
    question,
    shows,
    factors: [
      { name: 'arm', values: arms.map((arm) => arm.name) },
      { name: 'injections', values: [0, full.injections] },
    ],
    claims,
    run: (io) => faultsCommand(design, {}, io),
  }
})
