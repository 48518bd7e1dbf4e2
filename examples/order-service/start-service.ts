// What the tests of the service share, whatever their runner: the service on a test's clock, with a way to stop it and one
// to kill it; and orders.
import type { Kafkalet } from 'kafkalet'
import { crash, type ManualClock } from 'kafkalet/testing'
import { createOrderService, type OrderService, type OrderServiceOptions, type Topics } from './service.ts'

export interface StartedService extends OrderService {
  /** As SIGTERM does. Resolves when it has ended, and rejects with what it failed of. */
  stop(): Promise<void>
  /** As SIGKILL does: no commit, no goodbye. */
  kill(): void
}

type Options = Pick<OrderServiceOptions, 'priceOf' | 'clientId'>

export function startService(kafka: Kafkalet<Topics>, clock: ManualClock, options: Options): StartedService {
  const service = createOrderService(kafka, { ...options, sleep: (ms, rest) => clock.sleep(ms, rest) })
  const sigterm = new AbortController()
  let ended = service.run(sigterm.signal)
  // Whoever stops the service learns of it.
  ended.catch(() => {})
  return {
    ...service,
    stop() {
      sigterm.abort()
      return ended
    },
    kill() {
      crash(service.consumer)
      crash(service.producer)
      ended = Promise.resolve()
    },
  }
}

/** As it comes from outside. The customer, who is the key, is the first part of the id: ada-1. */
export function order(orderId: string, { sku = 'tea', quantity = 1 } = {}) {
  const [key = null] = orderId.split('-')
  return { topic: 'orders' as const, key, value: JSON.stringify({ orderId, sku, quantity }) }
}
