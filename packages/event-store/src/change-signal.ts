/** Wakes subscribers of the same process after a commit. */
export class ChangeSignal {
  readonly #waiting = new Set<() => void>()
  #version = 0

  /** Grows with each notification; read it before looking for news. */
  get version(): number {
    return this.#version
  }

  notify(): void {
    this.#version += 1
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves at once when something happened since `seen`, else at the next notification or abort. */
  async changedSince(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== seen || signal.aborted) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
