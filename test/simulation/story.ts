// What a world tells, and what it says must not be.
import type { Simulation } from 'kafkalet/testing'

export type Story = Pick<Simulation, 'tell' | 'problem'>
