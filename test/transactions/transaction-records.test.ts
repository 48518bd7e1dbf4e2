// Keys and values of __transaction_state, byte for byte Kafka's.
import { KafkaError } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/bytes.ts'
import type { Transaction } from '../../src/transactions/transaction.ts'
import { decodeTransactionRecord, transactionRecord } from '../../src/transactions/transaction-records.ts'
import { transactionStates } from '../../src/transactions/transaction-state.ts'
import { readVectors } from '../support/vectors.ts'

interface Row {
  readonly id: string
  readonly version: number
  readonly hex: string
  readonly fields: {
    readonly producerId: string
    readonly producerEpoch: number
    readonly transactionTimeoutMs: number
    readonly transactionStatus: number
    readonly transactionPartitions:
      | readonly { readonly topic: string; readonly partitionIds: readonly number[] }[]
      | null
    readonly transactionLastUpdateTimestampMs: string
    readonly transactionStartTimestampMs: string
  }
}

const { vectors } = readVectors<{ vectors: readonly Row[] }>('transaction-state-topic')

const key = transactionRecord(transactionOf(vectors[0] as Row)).key

describe('the value of __transaction_state', () => {
  test.each(vectors.map((row) => [row.id, row] as const))('%s is read as Kafka reads it', (_, row) => {
    const read = decodeTransactionRecord({ key, value: fromHex(row.hex) })
    const { clientTransactionVersion, nextProducerId, ...written } = transactionOf(row)
    expect(read).toEqual({
      type: 'transaction',
      transactionalId: 'my-tx',
      value: {
        producerId: written.producerId,
        producerEpoch: written.producerEpoch,
        transactionTimeoutMs: written.transactionTimeoutMs,
        state: written.state,
        partitions: written.partitions,
        lastUpdateTimestamp: written.lastUpdateTimestampMs,
        startTimestamp: written.startTimestampMs,
        previousProducerId: -1,
        nextProducerId,
        nextProducerEpoch: -1,
        clientTransactionVersion,
      },
    })
  })

  test.each(vectors.filter(({ version }) => version === 1).map((row) => [row.id, row] as const))(
    '%s is written as Kafka writes it',
    (_, row) => {
      expect(toHex(transactionRecord(transactionOf(row)).value)).toBe(row.hex)
    },
  )

  test('tells the version of the client, and the producer id to come, in tagged fields', () => {
    const transaction = { ...transactionOf(vectors[0] as Row), clientTransactionVersion: 2 as const, nextProducerId: 7 }
    const { value } = transactionRecord(transaction)
    expect(toHex(value).slice(-30)).toBe('020108000000000000000702020002')
    expect(decodeTransactionRecord({ key, value })).toMatchObject({
      value: { clientTransactionVersion: 2, nextProducerId: 7 },
    })
  })
})

test('the key is the transactional id behind version 0', () => {
  expect(toHex(key)).toBe(`00000005${toHex(encodeUtf8('my-tx'))}`)
})

test('a tombstone says that the id is forgotten', () => {
  expect(decodeTransactionRecord({ key, value: null })).toMatchObject({ transactionalId: 'my-tx', value: null })
})

test('what Kafka does not write there is refused with a reason', () => {
  for (const [badKey, value] of [
    [null, null],
    [key.slice(0, 5), null],
    [key, fromHex('0001')],
    [key, fromHex('0009')],
    [key, fromHex((vectors[0] as Row).hex.replace('000f', '00'))],
  ] as const) {
    expect(() => decodeTransactionRecord({ key: badKey, value })).toThrow(KafkaError)
  }
  expect(decodeTransactionRecord({ key: fromHex('0005'), value: null })).toEqual({ type: 'unknown', keyVersion: 5 })
})

test('every state has a number of its own', () => {
  expect(Object.values(transactionStates).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

function transactionOf({ fields }: Row): Transaction {
  const states = Object.entries(transactionStates) as [Transaction['state'], { id: number }][]
  const state = states.find(([, { id }]) => id === fields.transactionStatus)?.[0] ?? 'Empty'
  return {
    transactionalId: 'my-tx',
    producerId: Number(fields.producerId),
    producerEpoch: fields.producerEpoch,
    transactionTimeoutMs: fields.transactionTimeoutMs,
    state,
    partitions: (fields.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
      partitionIds.map((partition) => ({ topic, partition })),
    ),
    startTimestampMs: Number(fields.transactionStartTimestampMs),
    lastUpdateTimestampMs: Number(fields.transactionLastUpdateTimestampMs),
    clientTransactionVersion: 0,
    nextProducerId: -1,
  }
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function toHex(bytes: Uint8Array | null): string {
  return Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('')
}
