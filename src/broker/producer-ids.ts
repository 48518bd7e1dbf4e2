// The ids of producers, one after the other from 0. (Kafka: ProducerIdManager)
// Differs from Kafka: one broker needs no blocks of ids, and loses none of them.

export class ProducerIds {
  #next = 0

  next(): number {
    return this.#next++
  }
}
