type Part = { readonly character: string } | 'one' | 'many'

/** A text with wildcards, taken apart. */
export type Glob = readonly Part[]

/** `*` stands for any characters, `?` for one; `\` takes their meaning from them. */
export const parseGlob = (text: string): Glob => {
  const parts: Part[] = []
  let escaped = false
  for (const character of text) {
    if (escaped) parts.push({ character })
    else if (character === '*') parts.push('many')
    else if (character === '?') parts.push('one')
    else if (character !== '\\') parts.push({ character })
    escaped = !escaped && character === '\\'
  }
  return escaped ? [...parts, { character: '\\' }] : parts
}

/** Whether the whole text fits. Takes at most length × length steps, whatever the pattern: people write them. */
export const globMatches = (glob: Glob, text: string): boolean => {
  const characters = [...text]
  let [at, part, star, resume] = [0, 0, -1, 0]
  while (at < characters.length) {
    const wanted = glob[part]
    if (wanted === 'many') {
      star = part
      resume = at
      part += 1
    } else if (wanted === 'one' || (wanted !== undefined && wanted.character === characters[at])) {
      at += 1
      part += 1
    } else if (star >= 0) {
      // The last star takes one more character.
      resume += 1
      at = resume
      part = star + 1
    } else return false
  }
  return glob.slice(part).every((each) => each === 'many')
}
