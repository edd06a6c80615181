/** The hub does not start, for a reason that the person who starts it can mend. The message is one clear sentence. */
export class StartRefusedError extends Error {
  override name = 'StartRefusedError'
}
