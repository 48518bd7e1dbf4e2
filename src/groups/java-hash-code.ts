// Java's String.hashCode: what Kafka's Java code divides and orders texts by.

/** Over UTF-16 units, in 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}
