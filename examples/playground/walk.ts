// Walks a scene to its end before it is shown: every step is then there at once, forward and back, and the page knows how much room it needs.
import type { Action } from '../lessons/action.ts'
import { Classroom } from '../lessons/classroom.ts'
import type { Exhibit } from '../lessons/exhibit.ts'
import type { Facts, Step } from '../lessons/lesson.ts'
import type { Sight } from '../lessons/sight.ts'
import { inArrival } from './arrival.ts'
import { type Scene, stepsOf } from './scene.ts'

export interface Frame {
  readonly step: Step
  readonly sight: Sight
  readonly facts: Facts
  /** The newest figure of the steps so far. */
  readonly exhibit: Exhibit | null
}

export async function walk(scene: Scene): Promise<readonly Frame[]> {
  const room = new Classroom()
  const frames: Frame[] = []
  try {
    for (const step of stepsOf(scene)) {
      for (const action of step.actions) await room.do(action)
      const sight = inArrival(await room.look(), frames.at(-1)?.sight ?? null)
      const exhibit = step.exhibit?.(sight) ?? frames.at(-1)?.exhibit ?? null
      frames.push({ step, sight, facts: step.facts(sight), exhibit })
    }
  } finally {
    await room[Symbol.asyncDispose]()
  }
  return frames
}

/** A classroom in which everything up to a step was done, for what the reader does then. */
export async function roomAt(scene: Scene, step: number): Promise<Classroom> {
  const room = new Classroom()
  for (const action of actionsUpTo(scene, step)) await room.do(action)
  return room
}

function actionsUpTo(scene: Scene, step: number): readonly Action[] {
  return stepsOf(scene)
    .slice(0, step + 1)
    .flatMap(({ actions }) => actions)
}
