import { KafkaError } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { ErrorCode, errorFrom, errorName } from '../../src/errors.ts'
import { readVectors } from '../support/vectors.ts'

interface Row {
  readonly code: number
  readonly name: keyof typeof ErrorCode
  readonly retriable: boolean
}

const { errors } = readVectors<{ errors: readonly Row[] }>('errors')

describe('errors', () => {
  test('have Kafka’s names, numbers and retriability, all of them', () => {
    const ours = errors.map(({ name }) => {
      const { code, errorCode, retriable } = new KafkaError(name)
      return { code: errorCode, name: code, retriable }
    })
    expect(ours).toEqual(errors.map(({ code, name, retriable }) => ({ code, name, retriable })))
    expect(Object.keys(ErrorCode)).toHaveLength(errors.length)
    expect(errors.map(({ code }) => errorName(code))).toEqual(errors.map(({ name }) => name))
  })

  test('of a code that nobody knows are unknown server errors', () => {
    expect(errorFrom(4711).code).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('carry the message they were given, else what the error means', () => {
    expect(errorFrom(25, 'who?')).toMatchObject({ message: 'who?', code: 'UNKNOWN_MEMBER_ID', retriable: false })
    expect(errorFrom(25).message).toBe('The group has no such member.')
    expect(errorFrom(15)).toMatchObject({ retriable: true, name: 'KafkaError' })
    expect(new KafkaError('ILLEGAL_STATE')).toMatchObject({ errorCode: null, retriable: false })
  })
})
