// A key in Avro, byte by byte, as a producer with a schema registry writes it. Only strings and longs: it is here to be read.

export interface AvroSchema {
  /** The number under which the registry keeps it. */
  readonly id: number
  /** In the order in which their bytes are written. */
  readonly fields: readonly { readonly name: string; readonly type: 'string' | 'long' }[]
}

/** The bytes of the fields, in the order of the schema: their names are not written. */
export function avroBytes({ fields }: AvroSchema, data: Readonly<Record<string, string | number>>): number[] {
  return fields.flatMap(({ name, type }) => {
    const field = data[name]
    if (type === 'long' && typeof field === 'number') return longBytes(field)
    if (type === 'string' && typeof field === 'string') {
      const text = new TextEncoder().encode(field)
      return [...longBytes(text.length), ...text]
    }
    throw new TypeError(`Field ${name} must be a ${type}, not ${String(field)}.`)
  })
}

/** Confluent's wire format: a zero, the schema's id in four bytes, then Avro. */
export function registeredBytes(schema: AvroSchema, data: Readonly<Record<string, string | number>>): number[] {
  const { id } = schema
  return [0, (id >>> 24) & 0xff, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff, ...avroBytes(schema, data)]
}

/** Zigzag (0, -1, 1, -2 … become 0, 1, 2, 3 …), then seven bits a byte, the lowest first. Of what fits in 31 bits. */
function longBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return [...bytes, rest]
}
