const TOKEN = /^[^\s.*>]+$/u

/** Refuses what NATS would refuse: empty tokens, white space, wildcards. @throws TypeError, since it is the caller's mistake */
export const assertSubject = (subject: string): void => {
  if (!subject.split('.').every((token) => TOKEN.test(token))) throw new TypeError(`«${subject}» is not a subject`)
}

/** Like a subject, with `*` for one whole token and `>` at the end for the rest. @throws TypeError */
export const assertPattern = (pattern: string): void => {
  const tokens = pattern.split('.')
  const fits = tokens.every(
    (token, index) => token === '*' || TOKEN.test(token) || (token === '>' && index === tokens.length - 1),
  )
  if (!fits) throw new TypeError(`«${pattern}» is not a pattern of subjects`)
}

/** Whether a subject matches a pattern with NATS wildcards: `*` is one token, `>` the rest (at least one). */
export const subjectMatches = (pattern: string, subject: string): boolean => {
  const wanted = pattern.split('.')
  const tokens = subject.split('.')
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return tokens.length > index
    if (index >= tokens.length || (token !== '*' && token !== tokens[index])) return false
  }
  return wanted.length === tokens.length
}
