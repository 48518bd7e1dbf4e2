// The public names of kafkalet/testing, and nothing else.

export { crash } from './crash.ts'
export { loseCoordinator } from './lose-coordinator.ts'
export { ManualClock } from './manual-clock.ts'
