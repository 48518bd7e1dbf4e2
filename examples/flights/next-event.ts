// Waits for something to happen in the broker.
import type { EventMap, Events } from 'kafkalet'

type Event<Name extends keyof EventMap> = Parameters<EventMap[Name]>[0]

/** The first event from now on for which `matches` is true. */
export function nextEvent<Name extends keyof EventMap>(
  events: Events,
  name: Name,
  matches: (event: Event<Name>) => boolean,
): Promise<Event<Name>> {
  return new Promise((resolve) => {
    const listener = (event: Event<Name>) => {
      if (!matches(event)) return
      events.off(name, listener as EventMap[Name])
      resolve(event)
    }
    events.on(name, listener as EventMap[Name])
  })
}
