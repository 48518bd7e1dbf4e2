// What an instance costs that is made and closed: the first thousand in a process, and one when it has made many.

import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { median } from '../median.ts'
import { report } from '../report.ts'

const FIRST = 1_000
const WARM_UPS = 5_000
const SAMPLES = 2_000

const start = performance.now()
for (let i = 0; i < FIRST; i++) await makeAndClose()
const firstMs = performance.now() - start

const samples: number[] = []
for (let i = 0; i < WARM_UPS + SAMPLES; i++) {
  const begun = performance.now()
  await makeAndClose()
  if (i >= WARM_UPS) samples.push((performance.now() - begun) * 1_000)
}
report({ firstMs, us: median(samples) })

async function makeAndClose(): Promise<void> {
  const kafka = new Kafkalet({ clock: new ManualClock() })
  await kafka.close()
}
