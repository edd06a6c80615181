import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { toReadModelError } from './mongodb-errors.ts'
import { ReadModelsUnavailableError } from './read-model.port.ts'

it('takes a socket that the server closed between two commands for a server that is away', async () => {
  await using server = createServer((socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') return expect.fail('no port')
  const socket = connect({ port: address.port, host: '127.0.0.1' })
  socket.resume()
  await once(socket, 'end')
  const [error] = await Promise.all([once(socket, 'error').then(([first]) => first as Error), socket.write('x')])
  expect(error).toMatchObject({ code: 'EPIPE' })
  const known = toReadModelError(error, '127.0.0.1', 'syncs')
  expect(known).toBeInstanceOf(ReadModelsUnavailableError)
  expect(known).toMatchObject({ message: `MongoDB at 127.0.0.1: ${error.message}`, cause: error })
})

it('leaves errors alone that say nothing of the server', () => {
  const error = new TypeError('a defect')
  expect(toReadModelError(error, '127.0.0.1', 'syncs')).toBe(error)
})
