import { describe, expect, it } from 'vitest'
import { PlanError } from '../../core/errors.ts'
import { GraphBuilder } from './logical-graph.ts'

function check(build: (builder: GraphBuilder) => void, found: RegExp | undefined): void {
  const builder = new GraphBuilder()
  build(builder)
  if (found === undefined) expect(builder.finish().stages.length).toBeGreaterThan(0)
  else {
    expect(() => builder.finish()).toThrow(PlanError)
    expect(() => builder.finish()).toThrow(found)
  }
}

describe('a logical graph', () => {
  it('may have a loop through a feedback', () => {
    check((builder) => {
      const loop = builder.loop()
      const input = builder.input('input')
      const ingress = builder.ingress('in', loop)
      const body = builder.stage('body', loop)
      const feedback = builder.feedback('around', loop)
      const egress = builder.egress('out', loop)
      builder.connect(input, ingress, 'pipeline')
      builder.connect(ingress, body, 'exchange')
      builder.connect(body, feedback, 'pipeline')
      builder.connect(feedback, body, 'exchange')
      builder.connect(body, egress, 'pipeline')
    }, undefined)
  })

  it('is refused with a cycle outside of every loop', () => {
    check((builder) => {
      const a = builder.stage('a')
      const b = builder.stage('b')
      builder.connect(a, b, 'pipeline')
      builder.connect(b, a, 'exchange')
    }, /cycle through a that passes no feedback/)
  })

  it('is refused with a cycle in a loop that misses its feedback', () => {
    check((builder) => {
      const loop = builder.loop()
      const body = builder.stage('body', loop)
      builder.connect(body, body, 'exchange')
    }, /cycle through body/)
  })

  it('is refused when a cycle leaves its loop and comes in again', () => {
    check((builder) => {
      const loop = builder.loop()
      const ingress = builder.ingress('in', loop)
      const body = builder.stage('body', loop)
      const egress = builder.egress('out', loop)
      builder.connect(ingress, body, 'exchange')
      builder.connect(body, egress, 'exchange')
      builder.connect(egress, ingress, 'exchange')
    }, /cycle through in/)
  })

  it('is refused when an inner cycle passes the feedback of the outer loop only inside', () => {
    check((builder) => {
      const outer = builder.loop()
      const inner = builder.loop(outer)
      const a = builder.stage('a', inner)
      const b = builder.stage('b', inner)
      builder.connect(a, b, 'pipeline')
      builder.connect(b, a, 'pipeline')
    }, /cycle through a/)
  })

  it('may go around the outer loop through the inner one', () => {
    check((builder) => {
      const outer = builder.loop()
      const inner = builder.loop(outer)
      const ingress = builder.ingress('in', inner)
      const body = builder.stage('body', inner)
      const egress = builder.egress('out', inner)
      const feedback = builder.feedback('around', outer)
      builder.connect(ingress, body, 'exchange')
      builder.connect(body, egress, 'exchange')
      builder.connect(egress, feedback, 'exchange')
      builder.connect(feedback, ingress, 'exchange')
    }, undefined)
  })

  it('is refused when an edge crosses a border', () => {
    check((builder) => {
      const loop = builder.loop()
      const input = builder.input('input')
      const body = builder.stage('body', loop)
      builder.connect(input, body, 'exchange')
    }, /enters a loop through an ingress/)
  })

  it('is refused when something is sent to an input', () => {
    check((builder) => {
      const stage = builder.stage('stage')
      const input = builder.input('input')
      builder.connect(stage, input, 'pipeline')
    }, /inputs take nothing/)
  })
})
