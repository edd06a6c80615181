interface FieldError {
  readonly path: string
  readonly message: string
}

/** What is wrong with single fields, where the sentence about all of them does not say it already. */
export const fieldErrors = <E extends FieldError>(detail: string, errors: readonly E[] = []): E[] =>
  errors.filter(({ path, message }) => !detail.includes(path === '' ? message : `${path}: ${message}`))
