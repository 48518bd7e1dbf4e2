// The typed feed of what happened in the broker. Listeners look on: what they throw changes nothing.

import { EventEmitter } from 'eventemitter3'
import type { GroupEvent } from '../groups/group-step.ts'

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
