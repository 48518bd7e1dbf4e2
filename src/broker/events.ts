// The typed feed of what happened in the broker. Listeners look on: what they throw changes nothing.

import { EventEmitter } from 'eventemitter3'
import type { ErrorName } from '../errors.ts'
import type { GroupEvent } from '../groups/group-step.ts'
import type { Marker } from '../log/control-record.ts'
import type { TransactionEvent } from '../transactions/transaction-step.ts'

/** The requests by which a group comes to its generations. */
export type GroupProtocolApi = 'JoinGroup' | 'SyncGroup' | 'Heartbeat' | 'LeaveGroup'

interface PartitionsOfMember {
  readonly groupId: string
  readonly memberId: string
  readonly clientId: string
  readonly generation: number
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

type GroupEvents = { [Type in GroupEvent['type']]: (event: Extract<GroupEvent, { type: Type }>) => void }

/** Event names and what their listeners get. */
export interface EventMap extends GroupEvents {
  topicCreated: (event: { readonly topic: string; readonly topicId: string; readonly partitions: number }) => void
  topicDeleted: (event: { readonly topic: string; readonly topicId: string }) => void
  /** `partitions` is the new number. */
  partitionsCreated: (event: { readonly topic: string; readonly partitions: number }) => void
  recordsAppended: (event: {
    readonly topic: string
    readonly partition: number
    readonly baseOffset: number
    readonly count: number
    /** Where it is the end of a transaction, which is no record of anybody's. */
    readonly marker?: Marker
  }) => void
  /** A member's request has come, and is not carried out yet. */
  groupRequest: (event: {
    readonly api: GroupProtocolApi
    readonly groupId: string
    readonly memberId: string
    readonly clientId: string
  }) => void
  /** Its answer: `error` is 'NONE' where all is well, and `generation` null where the answer names none. */
  groupResponse: (event: {
    readonly api: GroupProtocolApi
    readonly groupId: string
    readonly memberId: string
    readonly clientId: string
    readonly error: ErrorName
    readonly generation: number | null
    readonly isLeader: boolean
  }) => void
  /** A producer's transaction goes on: begun, decided, over. */
  transactionStateChanged: (event: TransactionEvent) => void
  /** A consumer of kafkalet took these over, inside its poll; with none, nothing was added. */
  partitionsAssigned: (event: PartitionsOfMember) => void
  /** A consumer of kafkalet has given these back. */
  partitionsRevoked: (event: PartitionsOfMember) => void
  /** A consumer of kafkalet has learned that these are gone. */
  partitionsLost: (event: PartitionsOfMember) => void
  /** A consumer of kafkalet begins where its `autoOffsetReset` says, as its group has committed nothing here. */
  positionReset: (event: {
    /** null without a group. */
    readonly groupId: string | null
    readonly clientId: string
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly autoOffsetReset: 'earliest' | 'latest' | `by_duration:${string}`
  }) => void
  /** A listener of `event` threw `error`. Where nobody listens to this, it is printed with console.error. */
  listenerError: (event: { readonly event: keyof EventMap; readonly error: unknown }) => void
}

/**
 * `kafka.events`: what the broker did, as it does it. A listener is called inside the broker's turn: requests it
 * makes are carried out after that.
 */
export interface Events {
  on<Name extends keyof EventMap>(event: Name, listener: EventMap[Name]): unknown
  once<Name extends keyof EventMap>(event: Name, listener: EventMap[Name]): unknown
  off<Name extends keyof EventMap>(event: Name, listener: EventMap[Name]): unknown
}

type Payload<Name extends keyof EventMap> = Parameters<EventMap[Name]>[0]

export class EventFeed {
  readonly #emitter = new EventEmitter()

  get listeners(): Events {
    return this.#emitter
  }

  /** Lets hot paths skip making an event that nobody wants. */
  isHeard(event: keyof EventMap): boolean {
    return this.#emitter.listenerCount(event) > 0
  }

  announce<Name extends keyof EventMap>(event: Name, payload: Payload<Name>): void {
    try {
      this.#emitter.emit(event, payload)
    } catch (error) {
      this.#report(event, error)
    }
  }

  close(): void {
    this.#emitter.removeAllListeners()
  }

  #report(event: keyof EventMap, error: unknown): void {
    if (event !== 'listenerError' && this.isHeard('listenerError')) this.announce('listenerError', { event, error })
    else console.error(`kafkalet: a listener of '${event}' threw`, error)
  }
}
