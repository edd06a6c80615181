import { ProblemError } from '@rancher-hub/api-client'
import { type CallInputOf, type ResultOf, readPodLog } from '@rancher-hub/contracts'
import { useDocumentVisibility } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, triggerRef, watch } from 'vue'
import { api } from '../../../shared/api.ts'
import { createLogBuffer } from '../log-buffer.ts'

type Wanted = CallInputOf<typeof readPodLog>
type Ending = Extract<ResultOf<typeof readPodLog>, { kind: 'end' }>

/** Lines that a browser keeps. */
const KEEP = 50_000
/** A page that nobody looks at stops to read after this long; it goes on where it was. */
const HIDDEN_MS = 60_000
const RETRY_MS = [1_000, 2_000, 5_000, 10_000]

/** Reads and follows a log: as long as somebody looks, over lost connections, without a line twice. */
export const usePodLog = (wanted: () => Wanted | undefined) => {
  const buffer = createLogBuffer(KEEP)
  const lines = shallowRef(buffer.lines)
  const state = ref<'idle' | 'opening' | 'reading' | 'ended' | 'waiting'>('idle')
  const ending = shallowRef<Ending>()
  const error = shallowRef<Error>()
  const visibility = useDocumentVisibility()
  let abort: AbortController | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isPainting = false

  const paint = (): void => {
    if (isPainting) return
    isPainting = true
    requestAnimationFrame(() => {
      isPainting = false
      triggerRef(lines)
    })
  }

  const stop = (): void => {
    abort?.abort()
    abort = undefined
    clearTimeout(retry)
  }

  const goOnLater = (): void => {
    state.value = 'waiting'
    retry = setTimeout(() => void read(true), RETRY_MS[Math.min(failures, RETRY_MS.length - 1)])
    failures += 1
  }

  /** How a stream ended decides whether it goes on. */
  const ended = (end: Ending | undefined, follow: boolean): void => {
    const isCut = end === undefined || end.reason === 'lost'
    if (follow && isCut) {
      goOnLater()
      return
    }
    ending.value = end
    state.value = 'ended'
  }

  const failed = (problem: unknown, follow: boolean): void => {
    const passes = problem instanceof ProblemError && (problem.status === 0 || problem.status >= 502)
    if (passes && follow && buffer.lines.length > 0) {
      goOnLater()
      return
    }
    error.value = problem instanceof Error ? problem : new Error(String(problem))
    state.value = 'ended'
  }

  const read = async (goOn: boolean): Promise<void> => {
    stop()
    const input = wanted()
    if (!goOn) {
      buffer.clear()
      paint()
    }
    error.value = undefined
    ending.value = undefined
    if (input === undefined) {
      state.value = 'idle'
      return
    }
    const own = new AbortController()
    abort = own
    state.value = 'opening'
    const after = goOn ? buffer.lastTime() : undefined
    let end: Ending | undefined
    try {
      const stream = api.stream(readPodLog, after === undefined ? input : { ...input, after }, { signal: own.signal })
      for await (const chunk of stream) {
        if (own.signal.aborted) return
        state.value = 'reading'
        if (chunk.kind === 'end') end = chunk
        if (chunk.kind !== 'lines') continue
        failures = 0
        buffer.add(chunk.lines)
        paint()
      }
      if (!own.signal.aborted) ended(end, input.follow === true)
    } catch (problem) {
      if (!own.signal.aborted) failed(problem, input.follow === true)
    }
  }

  watch(
    () => JSON.stringify(wanted()),
    () => void read(false),
    { immediate: true },
  )
  watch(visibility, (now, _, onCleanup) => {
    if (now === 'visible') {
      if (state.value === 'idle' && wanted() !== undefined) void read(true)
      return
    }
    const timer = setTimeout(() => {
      if (state.value === 'ended') return
      stop()
      state.value = 'idle'
    }, HIDDEN_MS)
    onCleanup(() => clearTimeout(timer))
  })
  onScopeDispose(stop)

  return {
    lines,
    state,
    ending,
    error,
    dropped: () => buffer.dropped,
    again: () => void read(false),
    goOn: () => void read(true),
  }
}
