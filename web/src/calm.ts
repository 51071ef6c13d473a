// Whether anybody uses this page now. What a page costs that is only watched from afar is taken from training on the same
// machine: nobody having touched it for a while, it shows news seldom.

const KINDS = ['pointermove', 'keydown', 'scroll']
const HOW = { passive: true, capture: true }
let touched = 0
for (const kind of KINDS) addEventListener(kind, () => (touched = performance.now()), HOW)

/** How much slower things may be shown. */
export const calm = () => (performance.now() - touched > 30_000 ? 15 : 1)

/** Waits for a while, or until somebody touches the page. */
export const rest = (ms: number) =>
  new Promise<void>((wake) => {
    setTimeout(wake, ms)
    for (const kind of KINDS) addEventListener(kind, () => wake(), { ...HOW, once: true })
  })
