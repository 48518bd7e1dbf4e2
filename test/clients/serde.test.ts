import fc from 'fast-check'
import { bytes, fromCodec, int32, json, nullable, type Payload, partitionForKey, type Serde, string } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const context = { topic: 't', part: 'value', headers: [] } as const
const write = <T, In>(serde: Serde<T, In>, data: In) => serde.serialize(data, context)
const read = <T, In>(serde: Serde<T, In>, payload: Payload) => serde.deserialize(payload, context)
const utf8 = (text: string) => new TextEncoder().encode(text)
const toBytes = (payload: Payload) => (typeof payload === 'string' ? utf8(payload) : payload)

describe('every serde', () => {
  test('reads back what it wrote, from the string and from its bytes', () => {
    const cases: [Serde<unknown>, fc.Arbitrary<unknown>][] = [
      [string as Serde<unknown>, fc.string({ unit: 'grapheme' })],
      [int32 as Serde<unknown>, fc.integer()],
      [bytes as Serde<unknown>, fc.uint8Array()],
      [json<unknown>(), fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))],
      [nullable(string) as Serde<unknown>, fc.option(fc.string({ unit: 'grapheme' }))],
    ]
    for (const [serde, data] of cases) {
      fc.assert(
        fc.property(data, (each) => {
          const payload = write(serde, each) as Payload
          expect(read(serde, payload)).toEqual(each)
          expect(read(serde, toBytes(payload))).toEqual(each)
        }),
      )
    }
  })
})

describe('json', () => {
  test('canonical sorts the keys of objects at every depth, so equal keys fall into the same partition', () => {
    const [one, other] = [
      { tenant: 1, id: { b: [{ y: 1, x: 2 }], a: 2 } },
      { id: { a: 2, b: [{ x: 2, y: 1 }] }, tenant: 1 },
    ]
    const canonical = json<object>({ canonical: true })
    expect(write(canonical, one)).toBe(write(canonical, other))
    expect(write(json<object>(), one)).not.toBe(write(json<object>(), other))
    const partition = (data: object) => partitionForKey(write(canonical, data) as string, 1_000)
    expect(partition(one)).toBe(partition(other))
  })

  test('applies a schema when it is told to, and gives out what the schema makes of the data', async () => {
    const schema = z.object({ n: z.coerce.number(), note: z.string().default('none') })
    expect(read(json(schema), '{"n":"7"}')).toEqual({ n: 7, note: 'none' })
    expect(() => read(json(schema), '{}')).toThrow('n:')
    expect(read(json(schema, { validate: 'produce' }), '{}')).toEqual({})
    expect(() => write(json(schema), { n: 'x' })).toThrow('the schema refuses it')
    expect(write(json(schema, { validate: 'consume' }), { n: 'x' })).toBe('{"n":"x"}')
  })

  test('waits for a schema that takes its time', async () => {
    const later = z.object({ n: z.number().refine(async (n) => n > 0, 'must be positive') })
    expect(await write(json(later), { n: 1 })).toBe('{"n":1}')
    await expect(write(json(later), { n: -1 })).rejects.toThrow('n: must be positive')
    await expect(read(json(later), '{"n":-1}')).rejects.toThrow('must be positive')
  })

  test('refuses what has no JSON form', () => {
    expect(() => write(json<unknown>(), () => {})).toThrow('no JSON form')
    expect(() => read(json<unknown>(), '{')).toThrow()
    expect(() => read(json<unknown>(), null)).toThrow('nullable(json)')
  })
})

describe('fromCodec', () => {
  test('takes any codec with toBuffer and fromBuffer, and Node’s own bytes come back as such', () => {
    const codec = {
      toBuffer: (value: { n: number }) => Buffer.from([value.n]),
      fromBuffer: (buffer: Buffer) => ({ n: buffer.readUInt8(0) }),
    }
    const serde = fromCodec(codec)
    expect(read(serde, write(serde, { n: 7 }) as Payload)).toEqual({ n: 7 })
  })
})
