// The frame that every panel stands in.
import { html, type TemplateResult } from 'lit-html'

export interface PanelOptions {
  readonly id: string
  readonly title: string
  /** At the right of the title. */
  readonly aside?: unknown
  /** Of its body; what needs more scrolls inside. */
  readonly heightPx: number
  readonly isWide?: boolean
}

export function panel({ id, title, aside, heightPx, isWide }: PanelOptions, body: unknown): TemplateResult {
  return html`
    <section class="panel ${isWide ? 'wide' : ''}" id=${id} aria-labelledby="${id}-title">
      <header>
        <h2 id="${id}-title">${title}</h2>
        <div class="aside">${aside}</div>
      </header>
      <div class="body" tabindex="0" role="group" aria-labelledby="${id}-title" .style=${`height:${heightPx}px`}>${body}</div>
    </section>
  `
}
