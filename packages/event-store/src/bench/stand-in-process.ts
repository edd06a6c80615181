import { fork } from 'node:child_process'
import { once } from 'node:events'
import { startStandIn } from '@rancher-hub/eventstoredb-stand-in'

/** Starts the EventStoreDB stand-in as a process of its own, so that measuring takes nothing from it. */
export const startStandInProcess = async (file: string): Promise<AsyncDisposable & { readonly url: string }> => {
  const child = fork(import.meta.filename, [file])
  const [url] = (await once(child, 'message')) as [string]
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, 'exit')
      child.kill()
      await gone
    },
  }
}

if (import.meta.main) {
  const standIn = await startStandIn({ file: process.argv[2] ?? ':memory:', port: 0 })
  process.once('disconnect', () => process.kill(process.pid))
  process.send?.(standIn.url)
}
