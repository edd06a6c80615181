/** Shorter values of headers are words like `eu` or `true`: hiding them would hide half of every sentence. */
const SHORTEST = 6

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1)

/**
 * Makes a function that hides what a site was sent in what it says: some servers, and proxies in front of them, tell in
 * an error which headers they got. `authorization`: with its scheme; of a Rancher token also the secret part alone.
 */
export const createSecretHider = (
  authorization: string | undefined,
  headers: Readonly<Record<string, string>> | undefined,
): ((text: string) => string) => {
  const token = authorization?.split(' ').at(-1) ?? ''
  const secrets = [token, token.split(':').at(-1) ?? '', ...Object.values(headers ?? {})]
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [secret, escaped(secret)])
    // One may be a part of another.
    .toSorted((a, b) => b.length - a.length)
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text)
}
