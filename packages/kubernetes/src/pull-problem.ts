/** What is wrong when an image cannot be pulled, from the words of kubelet, containerd and CRI-O. First match wins. */
const rules: readonly (readonly [RegExp, string])[] = [
  [
    /pull access denied|may require (authorization|'?docker login)/i,
    'the image does not exist, or needs a pull secret',
  ],
  [/toomanyrequests|rate limit|429 too many/i, 'the registry limits pulls'],
  [
    /unauthorized|authorization failed|authentication required|no basic auth|\b401\b|403 forbidden|\bdenied\b/i,
    'the registry refuses the credentials',
  ],
  [
    /no such host|server misbehaving|temporary failure in name resolution/i,
    'the name of the registry cannot be resolved',
  ],
  [/x509|certificate/i, 'the certificate of the registry is not trusted'],
  [
    /no match for platform|no matching manifest|exec format error/i,
    'the image has no build for the platform of the node',
  ],
  [/no space left/i, 'the node has no space left'],
  [/manifest unknown|name unknown|not ?found/i, 'registry says not found'],
  [
    /connection refused|i\/o timeout|deadline exceeded|no route to host|connection reset|\bEOF\b/i,
    'the registry cannot be reached',
  ],
  [/couldn't parse image|invalid reference/i, 'the name of the image is not valid'],
]

/** Why an image could not be pulled, in a few words; undefined when the message does not say. */
export const pullProblem = (message: string): string | undefined =>
  rules.find(([pattern]) => pattern.test(message))?.[1]
