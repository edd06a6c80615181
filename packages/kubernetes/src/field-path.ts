/** One step of a path: a field, or a key of a map or keyed list. */
export type Step = { readonly field: string } | { readonly key: string }

/** Paths are written `containers[web].env[LOG_LEVEL]`; `\` and `]` in keys are escaped with `\`. */
export const formatPath = (steps: readonly Step[]): string =>
  steps
    .map((step, index) =>
      'field' in step
        ? index === 0
          ? step.field
          : `.${step.field}`
        : `[${step.key.replace(/[\\\]]/g, (char) => `\\${char}`)}]`,
    )
    .join('')

/** The path is not one that a comparison lists. */
export class PathNotValidError extends Error {
  override name = 'PathNotValidError'
  constructor(path: string) {
    super(`«${path}» is not a field path`)
  }
}

/** Reads a path back. @throws PathNotValidError */
export const parsePath = (path: string): Step[] => {
  const steps: Step[] = []
  const token = /(?:^|\.)([A-Za-z][A-Za-z0-9]*)|\[((?:\\.|[^\\\]])*)\]/gy
  while (token.lastIndex < path.length) {
    const found = token.exec(path)
    if (found === null) throw new PathNotValidError(path)
    const [, field, key] = found
    steps.push(field === undefined ? { key: (key ?? '').replace(/\\(.)/g, '$1') } : { field })
  }
  if (steps.length === 0) throw new PathNotValidError(path)
  return steps
}
