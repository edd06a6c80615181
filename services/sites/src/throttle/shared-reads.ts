import { untilLeft } from '../until-left.ts'

/** What a shared read works with. */
export interface ReadRun {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** To be called when the request goes out. */
  readonly sent: () => void
}

/** Who asks. */
export interface Reader<C> {
  /** Only a request that has not gone out yet will do: its answer must show what is written already. */
  readonly isFresh: boolean
  readonly signal?: AbortSignal | undefined
  /** Told when another caller's request is shared, with what that was started with. */
  readonly joined: (context: C) => void
}

/** Merges equal reads: who asks for what is being asked gets the same answer. */
export interface SharedReads<A, C> {
  /** Rejects as the read does, or with the signal's reason. `run` is called when there is nothing to share. */
  read(
    key: string,
    reader: Reader<C>,
    run: (run: ReadRun) => { readonly context: C; readonly answer: Promise<A> },
  ): Promise<A>
}

interface SharedRead<A, C> {
  readonly context: C
  readonly answer: Promise<A>
  readonly abort: AbortController
  readonly state: { users: number; isSent: boolean }
}

export const createSharedReads = <A, C>(): SharedReads<A, C> => {
  const running = new Map<string, SharedRead<A, C>>()

  const start = (key: string, run: Parameters<SharedReads<A, C>['read']>[2]): SharedRead<A, C> => {
    const abort = new AbortController()
    const state = { users: 0, isSent: false }
    const sent = (): void => {
      state.isSent = true
    }
    const { context, answer } = run({ signal: abort.signal, sent })
    const ended = (): void => {
      if (running.get(key)?.state === state) running.delete(key)
    }
    // How it ended is told to those who wait.
    answer.then(ended, ended)
    const shared = { context, answer, abort, state }
    running.set(key, shared)
    return shared
  }

  return {
    read: async (key, { isFresh, signal, joined }, run) => {
      signal?.throwIfAborted()
      const known = running.get(key)
      const shares = known !== undefined && !known.abort.signal.aborted && !(isFresh && known.state.isSent)
      if (shares) joined(known.context)
      const { answer, abort, state } = shares ? known : start(key, run)
      state.users += 1
      try {
        return await untilLeft(answer, signal)
      } finally {
        state.users -= 1
        if (state.users === 0) abort.abort()
      }
    },
  }
}
