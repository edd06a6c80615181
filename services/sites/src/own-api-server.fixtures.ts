import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { generate } from 'selfsigned'
import { Agent, fetch } from 'undici'
import { stringify } from 'yaml'

/** The name in the certificate; nothing resolves it. */
export const SERVER_NAME = 'kube.internal.test'
const ADMIN = 'own-api-server-admin'

/** A real kube-apiserver of the spec's own, over the objects of the one that is there: with client certificates and a name of its own. */
export interface OwnApiServer extends AsyncDisposable {
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** A certificate that it takes, good until then. */
  clientCertificate(user: string, notAfter: Date): Promise<{ readonly cert: string; readonly key: string }>
  /** A kubeconfig with this user and these fields of the cluster. */
  kubeconfig(user: object, cluster?: object): string
  /** Something that an administrator does. */
  call(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Record<string, unknown>>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

const signed = async (
  subject: readonly { name: string; value: string }[],
  ca: { key: string; cert: string } | undefined,
  extensions: NonNullable<Parameters<typeof generate>[1]>['extensions'],
  notAfterDate = new Date(Date.now() + 86_400_000),
) =>
  await generate([...subject], {
    algorithm: 'sha256',
    keySize: 2048,
    notAfterDate,
    ...(ca === undefined ? {} : { ca }),
    ...(extensions === undefined ? {} : { extensions }),
  })

/** @param program kube-apiserver  @param etcd address of the database */
export const startOwnApiServer = async (program: string, etcd: string): Promise<OwnApiServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'own-api-server-'))
  const path = (name: string) => join(folder, name)
  const authority = await signed([{ name: 'commonName', value: 'own-ca' }], undefined, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, digitalSignature: true },
  ])
  const ca = { key: authority.private, cert: authority.cert }
  const server = await signed([{ name: 'commonName', value: SERVER_NAME }], ca, [
    { name: 'subjectAltName', altNames: [{ type: 2, value: SERVER_NAME }] },
    { name: 'extKeyUsage', serverAuth: true },
  ])
  const account = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const files = {
    'ca.crt': ca.cert,
    'server.crt': server.cert,
    'server.key': server.private,
    'account.key': account.privateKey,
    'tokens.csv': `${ADMIN},admin,admin,"system:masters"\n`,
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content)
  const port = await freePort()
  const child = spawn(
    program,
    [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      `--tls-cert-file=${path('server.crt')}`,
      `--tls-private-key-file=${path('server.key')}`,
      `--client-ca-file=${path('ca.crt')}`,
      '--service-account-issuer=https://own.example',
      `--service-account-signing-key-file=${path('account.key')}`,
      `--service-account-key-file=${path('account.key')}`,
      `--token-auth-file=${path('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--disable-admission-plugins=ServiceAccount',
      '--profiling=false',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000)
  })
  const url = `https://127.0.0.1:${port}`
  const agent = new Agent({ connect: { ca: ca.cert, servername: SERVER_NAME } })
  const send = async (method: string, place: string, body?: unknown) =>
    await fetch(`${url}${place}`, {
      method,
      dispatcher: agent,
      headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`kube-apiserver ended: ${said}`)
    return await send('GET', '/readyz').then(
      ({ ok }) => ok,
      () => false,
    )
  }
  while (!(await isReady())) await pause(100)

  return {
    url,
    ca: ca.cert,
    clientCertificate: async (user, notAfter) => {
      const subject = [
        { name: 'organizationName', value: 'system:masters' },
        { name: 'commonName', value: user },
      ]
      const made = await signed(subject, ca, [{ name: 'extKeyUsage', clientAuth: true }], notAfter)
      return { cert: made.cert, key: made.private }
    },
    kubeconfig: (user, cluster = {}) =>
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'own',
        clusters: [
          {
            name: 'own',
            cluster: {
              server: url,
              'certificate-authority-data': Buffer.from(ca.cert).toString('base64'),
              'tls-server-name': SERVER_NAME,
              ...cluster,
            },
          },
        ],
        users: [{ name: 'own', user }],
        contexts: [{ name: 'own', context: { cluster: 'own', user: 'own' } }],
      }),
    call: async (method, place, body) => {
      const answer = await send(method, place, body)
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${text}`)
      return JSON.parse(text) as Record<string, unknown>
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await agent.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
