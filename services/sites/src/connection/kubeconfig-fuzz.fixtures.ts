import { expect } from 'vitest'
import { SiteError } from '../egress/site-error.ts'
import { contextsOf, type KubeconfigContext, parseKubeconfig } from './kubeconfig.ts'

/** Stands where secrets do. */
export const CANARY = 'canary7f3a9b'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const secrets = [CANARY, base64(CANARY).slice(0, 14)]
const pem = (what: string) => base64(`-----BEGIN ${what}-----\n${CANARY}\n-----END ${what}-----\n`)

/** A kubeconfig with a secret wherever one can stand. */
export const whole = () => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'dev',
  clusters: [
    {
      name: 'cluster-a',
      cluster: {
        server: 'https://10.0.0.1:6443',
        'tls-server-name': 'api.internal',
        'proxy-url': `http://user:${CANARY}@proxy.example:3128`,
      },
    },
  ],
  users: [
    {
      name: 'ada',
      user: {
        token: CANARY,
        'client-certificate-data': pem('CERTIFICATE'),
        'client-key-data': pem('PRIVATE KEY'),
        password: CANARY,
      },
    },
  ],
  contexts: [{ name: 'dev', context: { cluster: 'cluster-a', user: 'ada', namespace: 'shop' } }],
})

/** Every sentence that a person is told of a kubeconfig. Anything but an answer or a SiteError is a failure. */
const sentencesOf = (read: () => unknown): string[] => {
  try {
    const found = read()
    return Array.isArray(found) ? found.flatMap(({ problem }: KubeconfigContext) => problem?.message ?? []) : []
  } catch (error) {
    if (!(error instanceof SiteError)) throw error
    expect(['kubeconfig-not-valid', 'kubeconfig-not-self-contained', 'proxy-refused']).toContain(error.problem.code)
    expect(error.message).toBe(error.problem.message)
    return [error.message]
  }
}

/** What a person is told of the context in use; undefined: it was accepted. No sentence holds a secret. */
export const told = (text: string): string | undefined => {
  const [first] = sentencesOf(() => parseKubeconfig(text))
  const others = [...sentencesOf(() => parseKubeconfig(text, 'dev')), ...sentencesOf(() => contextsOf(text))]
  for (const message of first === undefined ? others : [first, ...others]) {
    expect(message).toMatch(/^[A-Z].*\.$/s)
    expect(message.length).toBeLessThan(2_500)
    for (const secret of secrets) expect(message).not.toContain(secret)
  }
  return first
}
