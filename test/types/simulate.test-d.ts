// What a simulation's world and its types tell its actions and its check.
import { json, string, topic } from 'kafkalet'
import { type Chance, ManualClock, type Simulation, simulate } from 'kafkalet/testing'
import { expectTypeOf, test } from 'vitest'

interface Order {
  readonly amount: number
}

const topics = { orders: topic({ key: string, value: json<Order>() }) }

test('the topics reach the world, the check and the services', () => {
  void simulate({
    kafka: { topics },
    world: (sim) => {
      const producer = sim.kafka.producer()
      sim.service('worker', async ({ kafka }) => {
        // @ts-expect-error the topic is not declared
        await kafka.producer().send({ topic: 'ordres', value: { amount: 1 } })
      })
      return {
        sent: [] as Order[],
        actions: {
          send: (chance) => producer.send({ topic: 'orders', value: { amount: chance.below(5) } }),
          // @ts-expect-error the value is another one
          fail: { weight: 1, act: () => producer.send({ topic: 'orders', value: 'one' }) },
        },
      }
    },
    check: (world, sim) => {
      expectTypeOf(world.sent).toEqualTypeOf<Order[]>()
      expectTypeOf(sim).toEqualTypeOf<Simulation<typeof topics>>()
    },
  })
})

test('without topics any name is allowed', () => {
  void simulate({
    world: ({ kafka }) => ({ actions: { send: () => kafka.producer().send({ topic: 'any', value: 'v' }) } }),
  })
})

test('the instance may be chosen by the seed', () => {
  void simulate({
    kafka: (chance) => {
      expectTypeOf(chance).toEqualTypeOf<Chance>()
      return { topics, config: { numPartitions: 1 + chance.below(3) } }
    },
    world: async (sim) => {
      expectTypeOf(sim).toEqualTypeOf<Simulation<typeof topics>>()
      return { actions: {} }
    },
  })
  // @ts-expect-error the clock is the simulation's own
  void simulate({ kafka: { clock: new ManualClock() }, world: () => ({ actions: {} }) })
  // @ts-expect-error there is no such fault
  void simulate({ faults: ['freezes'], world: () => ({ actions: {} }) })
  // @ts-expect-error a world has actions
  void simulate({ world: () => ({}) })
})
