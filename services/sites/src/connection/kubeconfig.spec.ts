import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { SiteError } from '../egress/site-error.ts'
import { contextsOf, parseKubeconfig } from './kubeconfig.ts'

const pem = (what: string) => `-----BEGIN ${what}-----\nQUJD\n-----END ${what}-----\n`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const config = (cluster: object = {}, user: object = { token: 'the-token' }, extra: object = {}): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [{ name: 'cluster-a', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'ada', user }],
    contexts: [
      { name: 'dev', context: { cluster: 'cluster-a', user: 'ada' } },
      { name: 'lost', context: { cluster: 'no-such', user: 'ada' } },
    ],
    ...extra,
  })

const problem = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof SiteError) return error.problem
    throw error
  }
  throw new Error('was accepted')
}

describe('kubeconfig', () => {
  it('gives server and token of the current context', () => {
    expect(parseKubeconfig(config())).toMatchObject({
      context: 'dev',
      contexts: ['dev', 'lost'],
      clusterName: 'cluster-a',
      server: 'https://10.0.0.1:6443',
      secret: { token: 'the-token' },
    })
  })

  it('gives client certificate, authority and server name', () => {
    const text = config(
      { 'certificate-authority-data': base64(pem('CERTIFICATE')), 'tls-server-name': 'api.internal' },
      { 'client-certificate-data': base64(pem('CERTIFICATE')), 'client-key-data': base64(pem('PRIVATE KEY')) },
    )
    expect(parseKubeconfig(text).secret).toEqual({
      token: undefined,
      clientCert: pem('CERTIFICATE'),
      clientKey: pem('PRIVATE KEY'),
      ca: pem('CERTIFICATE'),
      serverName: 'api.internal',
    })
  })

  it.each([
    ['an exec plugin', config({}, { exec: { command: 'aws' } }), /«exec».*Rights of a token/],
    ['an auth provider', config({}, { 'auth-provider': { name: 'oidc' } }), /«auth-provider».*Rights of a token/],
    [
      'a client certificate file',
      config({}, { 'client-certificate': '/home/ada/c.pem', 'client-key': '/home/ada/k.pem' }),
      /«client-certificate», «client-key» name files.*--flatten --minify --raw/,
    ],
    ['a token file', config({}, { tokenFile: '/var/run/token' }), /«tokenFile» names a file.*--flatten --minify --raw/],
    [
      'a CA file',
      config({ 'certificate-authority': '/etc/ca.pem' }),
      /«certificate-authority».*--flatten --minify --raw/,
    ],
    ['no credentials', config({}, {}), /--flatten --minify --raw/],
    ['impersonation', config({}, { token: 't', as: 'root' }), /Rights of a token/],
  ])('with %s is refused with the way out', (_what, text, way) => {
    const { code, message } = problem(() => parseKubeconfig(text))
    expect(code).toBe('kubeconfig-not-self-contained')
    expect(message).toMatch(way)
  })

  it('gives the proxy without its password in the address, and says that checks are off', () => {
    const text = config({ 'proxy-url': 'http://ada:pa%3Ass@proxy:3128', 'insecure-skip-tls-verify': true })
    expect(parseKubeconfig(text).secret).toMatchObject({
      proxy: { url: 'http://proxy:3128', authorization: `Basic ${base64('ada:pa:ss')}` },
      unverified: true,
    })
    expect(problem(() => parseKubeconfig(config({ 'proxy-url': 'socks5://proxy:1080' })))).toMatchObject({
      code: 'proxy-refused',
      message: expect.stringContaining('«proxy-url»') as string,
    })
  })

  it('lists its contexts, and why those that cannot be used cannot', () => {
    expect(contextsOf(config({}, { exec: { command: 'aws' } }))).toMatchObject([
      { name: 'dev', current: true, problem: { code: 'kubeconfig-not-self-contained' } },
      { name: 'lost', current: false, problem: { code: 'kubeconfig-not-valid' } },
    ])
    expect(contextsOf(config())[0]).toEqual({
      name: 'dev',
      current: true,
      server: 'https://10.0.0.1:6443',
      namespace: undefined,
    })
  })

  it.each([
    ['text that is not YAML', 'a: [token-abcde:canary'],
    ['something else', 'hello'],
    ['a context that is not there', config({}, undefined, { 'current-context': 'nope' })],
    ['no context', stringify({ apiVersion: 'v1', kind: 'Config' })],
    ['a server that is no address', config({ server: 'not an address' })],
    ['a CA that is not PEM', config({ 'certificate-authority-data': base64('nonsense') })],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]`,
    ],
  ])('that is %s is not valid, and nothing of it is quoted', (_what, text) => {
    const { code, message } = problem(() => parseKubeconfig(text))
    expect(code).toBe('kubeconfig-not-valid')
    expect(message).not.toMatch(/canary|the-token/)
  })

  it('is asked for by context', () => {
    expect(problem(() => parseKubeconfig(config(), 'lost')).message).toMatch(/no-such/)
    expect(parseKubeconfig(config({}, undefined, { 'current-context': '' }), 'dev').context).toBe('dev')
    expect(problem(() => parseKubeconfig(config({}, undefined, { 'current-context': '' }))).message).toMatch(
      /dev, lost/,
    )
  })
})
