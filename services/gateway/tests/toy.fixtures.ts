import { type Contract, query, stream } from '@rancher-hub/contracts'
import { handleQuery, handleStream, refuse, type Service } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** Contracts that exist in specs only: what the catalogue does not show every corner of. */
export const leak = query('sites.toy-leak', {
  summary: 'Answer more than is declared',
  http: { method: 'GET', path: '/toy/leak' },
  access: 'site:read',
  input: z.object({ flags: z.array(z.boolean()).default([]), numbers: z.array(z.number()).optional() }),
  result: z.object({ input: z.unknown(), shown: z.object({ name: z.string() }) }),
})
export const fail = query('sites.toy-fail', {
  summary: 'Fail in one of several ways',
  http: { method: 'GET', path: '/toy/fail' },
  access: 'site:read',
  input: z.object({ how: z.enum(['crash', 'refuse', 'common']) }),
  result: z.object({}),
  refusals: { 'not-today': { status: 422, message: 'Not today.', details: z.object({ day: z.string() }) } },
})
export const count = stream('sites.toy-count', {
  summary: 'Count',
  http: { method: 'GET', path: '/toy/count' },
  access: 'site:read',
  input: z.object({ to: z.number().int(), failAt: z.number().int().optional(), refuse: z.boolean().default(false) }),
  result: z.object({ number: z.number(), padding: z.string() }),
})
export const file = stream('sites.toy-file', {
  summary: 'Count in a file',
  http: { method: 'GET', path: '/toy/file' },
  access: 'site:read',
  input: z.object({ to: z.number().int(), failAt: z.number().int().optional() }),
  result: z.object({ text: z.string() }),
  file: ({ to }) => ({ name: `to-${to}`, extension: 'txt', mediaType: 'text/plain; charset=utf-8' }),
})
export const toyContracts: readonly Contract[] = [leak, fail, count, file]

/** How far a stream got, and whether it was told to stop. */
export interface Progress {
  sent: number
  ended: boolean
}

export const createToyService = (progress: Progress): Service => ({
  name: 'sites',
  aggregates: [],
  projections: [],
  processManagers: [],
  publish: () => undefined,
  handlers: [
    handleQuery(leak, async (input) => ({ input, shown: { name: 'visible', secret: 'hidden' } as { name: string } })),
    handleQuery(fail, async ({ how }) => {
      if (how === 'refuse') throw refuse(fail, 'not-today', { day: 'Monday', secret: 'hidden' })
      if (how === 'common') throw refuse(fail, 'not-found')
      throw new Error('secret reason')
    }),
    handleStream(count, async function* (input) {
      if (input.refuse) throw refuse(count, 'not-found')
      try {
        for (let number = 1; number <= input.to; number += 1) {
          if (number === input.failAt) throw new Error('secret reason')
          progress.sent = number
          yield { number, padding: 'x'.repeat(1000) }
        }
      } finally {
        progress.ended = true
      }
    }),
    handleStream(file, async function* ({ to, failAt }) {
      for (let number = 1; number <= to; number += 1) {
        if (number === failAt) throw number === 1 ? refuse(file, 'not-found') : new Error('secret reason')
        yield { text: `${number}\n` }
      }
    }),
  ],
})
