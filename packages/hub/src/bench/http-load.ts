import { Pool } from 'undici'

export interface Load {
  readonly origin: string
  readonly path: string
  readonly cookie: string
  /** At the same time; over each, requests follow one after the other. */
  readonly connections: number
  readonly ms: number
  /** A shorter answer is not what is measured. */
  readonly atLeastBytes: number
}
export interface Loaded {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Asks the same again and again. @throws Error when an answer is another than expected */
export const loadWith = async ({ origin, path, cookie, connections, ms, atLeastBytes }: Load): Promise<Loaded> => {
  const pool = new Pool(origin, { connections })
  const times: number[] = []
  const begun = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() < begun + ms) {
      const sent = performance.now()
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers: { cookie } })
      const bytes = (await body.arrayBuffer()).byteLength
      if (statusCode !== 200 || bytes < atLeastBytes) throw new Error(`${path} answered ${statusCode}, ${bytes} bytes`)
      times.push(performance.now() - sent)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, worker))
  } finally {
    await pool.destroy()
  }
  const perSecond = (times.length / (performance.now() - begun)) * 1000
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0
  return { perSecond, p50: at(0.5), p99: at(0.99) }
}
