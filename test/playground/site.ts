// The built playground, served as any static host would.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PreviewServer, preview } from 'vite'

const configFile = fileURLToPath(new URL('../../examples/playground/vite.config.ts', import.meta.url))

/** Where `npm run playground:build` puts it. */
export const siteFolder = fileURLToPath(new URL('../../examples/playground/dist', import.meta.url))

export interface Site extends AsyncDisposable {
  readonly url: string
}

export async function openSite(): Promise<Site> {
  if (!existsSync(siteFolder)) throw new Error('The playground is not built. Run npm run playground:build first.')
  const server = await preview({ configFile, logLevel: 'warn', preview: { port: 0 } })
  return { url: urlOf(server), [Symbol.asyncDispose]: async () => await server.close() }
}

function urlOf({ resolvedUrls }: PreviewServer): string {
  const url = resolvedUrls?.local[0]
  if (url === undefined) throw new Error('The preview server has no address.')
  return url
}
