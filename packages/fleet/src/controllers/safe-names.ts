import { createHash, randomInt } from 'node:crypto'

/** Letters and digits of generated names (apimachinery `util/rand`): no vowels, nothing that looks like another. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Hash of a pod template as names carry it. */
export const hashOf = (value: unknown): string =>
  [...createHash('sha256').update(JSON.stringify(value)).digest().subarray(0, 10)]
    .map((byte) => alphabet[byte % alphabet.length])
    .join('')

/** Random end of a generated name. */
export const randomEnd = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('')

/** A generated name: what it is made of is cut, so that the whole stays a label (apiserver `storage/names`). */
export const generatedName = (base: string): string => `${`${base}-`.slice(0, 58)}${randomEnd()}`
