// The public names of kafkalet/testing, and nothing else.

export type { ApiName, RequestContext, RequestOf, ResponseOf } from '../broker/api.ts'
export { crash } from './crash.ts'
export { disconnect, reconnect } from './disconnect.ts'
export type { FaultFilter } from './fault-filter.ts'
export type { Fault, FaultRule, HeldRequests } from './fault-rule.ts'
export { type Faults, faultsOf } from './faults.ts'
export { freeze, thaw } from './freeze.ts'
export { type LeftoverOptions, leftovers } from './leftovers.ts'
export { loseCoordinator } from './lose-coordinator.ts'
export { ManualClock } from './manual-clock.ts'
export type { AnyRecordedRequest, RecordedRequest } from './request-history.ts'
