/** Calls everything that was given to it again and again: one timer for all requests under way costs them nothing. */
export const createPulse = (milliseconds: number) => {
  const beats = new Set<() => void>()
  const timer = setInterval(() => {
    for (const beat of [...beats]) beat()
  }, milliseconds)
  // The connection keeps a process alive, not this.
  timer.unref()
  return {
    /** Returns what ends it. */
    onBeat: (beat: () => void): (() => void) => {
      beats.add(beat)
      return () => void beats.delete(beat)
    },
    stop: (): void => clearInterval(timer),
  }
}
export type Pulse = ReturnType<typeof createPulse>
