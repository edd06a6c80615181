import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SiteError } from '../egress/site-error.ts'
import { readWatch, type WatchEvent } from './watch-stream.ts'

const change = (name: string) => ({ type: 'MODIFIED', object: { metadata: { name } } })
const line = (value: unknown) => `${JSON.stringify(value)}\n`
const bytes = (text: string) => new TextEncoder().encode(text)
const hide = (text: string): string => text.replaceAll('canary-token', '***')
const read = async (body: AsyncIterable<Uint8Array>, now?: () => number): Promise<WatchEvent[]> =>
  await Array.fromAsync(readWatch({ body, hide }, 'rancher.example', now))
const arriving = async function* (...chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}
const problemOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof SiteError ? error.problem.message : `not a SiteError: ${String(error)}`
}

describe('a watch', () => {
  it('is the same however its bytes arrive; half a line at its end is none', async () => {
    const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 40 }), async (given, size) => {
        const all = bytes(`${given.map((name) => line(change(name))).join('')}{"type":"MODI`)
        const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
          all.subarray(index * size, (index + 1) * size),
        )
        expect(await read(arriving(...chunks))).toEqual(given.map(change))
      }),
    )
  })

  it('ends with a line of more than 16 MiB, long before all of it is there', async () => {
    let sent = 0
    const endless = async function* (): AsyncIterable<Uint8Array> {
      const mebibyte = new Uint8Array(1024 * 1024).fill(0x20)
      for (;;) {
        sent += 1
        yield mebibyte
      }
    }
    expect(await problemOf(read(endless()))).toMatch(/more than 16 MiB/)
    expect(sent).toBe(17)
  })

  it('ends with a line that trickles for more than a minute, but not when whole lines do', async () => {
    let seconds = 0
    const now = () => seconds * 1000
    const trickling = async function* (text: string): AsyncIterable<Uint8Array> {
      for (const character of text) {
        seconds += 10
        yield bytes(character)
      }
    }
    expect(await problemOf(read(trickling(line(change('shop'))), now))).toMatch(/more than a minute/)
    const whole = async function* (): AsyncIterable<Uint8Array> {
      for (let index = 0; index < 20; index += 1) {
        seconds += 50
        yield bytes(line(change(`shop-${index}`)))
      }
    }
    expect(await read(whole(), now)).toHaveLength(20)
  })

  it('says why it was ended, without what the site was sent of secrets', async () => {
    const error = line({ type: 'ERROR', object: { code: 500, message: 'no place for Bearer canary-token' } })
    const told = await problemOf(read(arriving(bytes(error))))
    expect(told).toBe('rancher.example ended the stream of changes: no place for Bearer ***')
  })
})
