// What is seen while it runs: bars on a terminal; elsewhere only the lines, so that a pipe or a log stays readable.
import { MultiBar, Presets, type SingleBar } from 'cli-progress'

export interface Progress {
  readonly show: (bar: string, value: number) => void
  readonly tell: (line: string) => void
  readonly stop: () => void
}

export function createProgress(bars: readonly string[], total: number): Progress {
  return process.stdout.isTTY ? barProgress(bars, total) : lineProgress()
}

function lineProgress(): Progress {
  return { show: () => {}, tell: (line) => console.log(`- ${line}`), stop: () => {} }
}

function barProgress(names: readonly string[], total: number): Progress {
  const width = Math.max(...names.map((name) => name.length))
  const options = { format: '{name} {bar} {value} of {total}', barsize: 40, stream: process.stdout, hideCursor: true }
  const multiBar = new MultiBar(options, Presets.shades_classic)
  const bars = new Map<string, SingleBar>(
    names.map((name) => [name, multiBar.create(total, 0, { name: name.padEnd(width) })]),
  )
  // A line between two drawings of the bars would be overwritten.
  const lines: string[] = []
  return {
    show: (name, value) => bars.get(name)?.update(value),
    tell: (line) => lines.push(line),
    stop() {
      multiBar.stop()
      for (const line of lines) console.log(`- ${line}`)
    },
  }
}
