import { z } from 'zod'
import { command, query, sessionGrant } from '../kit.ts'
import { Done, Id, Name, Time } from '../schemas.ts'
import { Me, Password, Username } from './schemas.ts'

const me = {
  user: { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada', username: 'ada' },
  organization: { id: '6f1c3a52-2222-4a6e-9d43-0a5a2f6a9f02', name: 'Shop' },
  role: 'viewer' as const,
  permissions: ['site:read' as const],
}
const granted = { sessionToken: 's', sessionExpiresAt: '2026-11-24T20:00:00Z', me }

export const getSetup = query('auth.get-setup', {
  summary: 'Tell whether an administrator exists yet',
  http: { method: 'GET', path: '/setup' },
  access: 'public',
  input: z.object({}),
  result: z.object({ administratorExists: z.boolean() }),
  examples: [{ summary: 'A hub in use', input: {}, result: { administratorExists: true } }],
})

export const signIn = command('auth.sign-in', {
  summary: 'Sign in with a password',
  http: { method: 'POST', path: '/session' },
  access: 'public',
  session: 'start',
  input: z.object({ username: Username, password: z.string().min(1).max(256) }),
  result: z.object({ ...sessionGrant, me: Me }),
  refusals: {
    'wrong-credentials': { status: 401, message: 'The name or the password is wrong, or the account is disabled.' },
    'too-many-attempts': {
      status: 429,
      message: 'Too many failed attempts. Wait a little, then try again.',
      details: z.object({ retryAfterSeconds: z.number() }),
    },
  },
  limits: { bodyBytes: 4096, rate: { max: 30, perSeconds: 60 } },
  examples: [
    { summary: 'Ada signs in', input: { username: 'ada', password: 'correct horse battery' }, result: granted },
  ],
})

export const signOut = command('auth.sign-out', {
  summary: 'End this session',
  http: { method: 'DELETE', path: '/session' },
  access: 'session',
  session: 'end',
  input: z.object({}),
  result: Done,
  examples: [{ summary: 'Sign out', input: {}, result: {} }],
})

export const getMe = query('auth.get-me', {
  summary: 'Tell who is signed in and what they may do',
  http: { method: 'GET', path: '/me' },
  access: 'session',
  input: z.object({}),
  result: Me,
  staleAfter: ['me'],
  examples: [{ summary: 'A viewer', input: {}, result: me }],
})

export const changeOwnPassword = command('auth.change-own-password', {
  summary: 'Change your own password; ends your other sessions',
  http: { method: 'POST', path: '/me/password' },
  access: 'session',
  input: z.object({ currentPassword: z.string().min(1).max(256), newPassword: Password }),
  result: Done,
  refusals: {
    'wrong-password': { status: 422, message: 'The current password is wrong.' },
    'too-many-attempts': { status: 429, message: 'Too many failed attempts. Wait a little, then try again.' },
  },
  limits: { bodyBytes: 4096, rate: { max: 10, perSeconds: 60 } },
  examples: [
    {
      summary: 'Change it',
      input: { currentPassword: 'correct horse battery', newPassword: 'staple battery horse' },
      result: {},
    },
  ],
})

const linkRefusals = {
  'link-not-valid': {
    status: 410,
    message: 'This link has been used, has expired, or was replaced by a newer one. Ask for a new link.',
  },
} as const

export const lookUpLink = query('auth.look-up-link', {
  summary: 'Tell what a one-time link is for, without using it',
  http: { method: 'POST', path: '/links/look-up' },
  access: 'public',
  input: z.object({ token: z.string().min(1).max(200) }),
  result: z.object({
    purpose: z
      .enum(['create-administrator', 'set-password', 'sign-in'])
      .describe(
        'create-administrator asks for name, username and password; set-password for a password; sign-in for nothing',
      ),
    name: z.string().optional(),
    username: z.string().optional(),
  }),
  refusals: linkRefusals,
  limits: { bodyBytes: 1024, rate: { max: 30, perSeconds: 60 } },
  examples: [
    {
      summary: 'An invitation',
      input: { token: 't' },
      result: { purpose: 'set-password', name: 'Ada', username: 'ada' },
    },
  ],
})

export const redeemLink = command('auth.redeem-link', {
  summary: 'Use a one-time link: create the administrator, set a password, or sign in',
  http: { method: 'POST', path: '/links/redeem' },
  access: 'public',
  session: 'start',
  input: z.object({
    token: z.string().min(1).max(200),
    name: Name.optional(),
    username: Username.optional(),
    password: Password.optional(),
    organizationName: Name.optional().describe('Name of the first organization; default: My organization'),
  }),
  result: z.object({ ...sessionGrant, me: Me }),
  refusals: {
    ...linkRefusals,
    'fields-missing': {
      status: 422,
      message: 'This link needs more fields.',
      details: z.object({ fields: z.array(z.string()) }),
    },
    'username-taken': { status: 409, message: 'This sign-in name is in use already. Choose another one.' },
  },
  limits: { bodyBytes: 4096, rate: { max: 30, perSeconds: 60 } },
  examples: [
    { summary: 'Ada sets her password', input: { token: 't', password: 'correct horse battery' }, result: granted },
  ],
})

/** Internal: what the gateway asks for each session cookie it does not know yet. */
export const resolveSession = query('auth.resolve-session', {
  summary: 'Turn a session token into a person and their permissions',
  access: 'public',
  callers: ['gateway'],
  input: z.object({
    sessionToken: z.string().min(1).max(200),
    touch: z.boolean().default(true).describe('False: only look; does not count as activity of the person'),
  }),
  result: z.object({ sessionId: z.string(), me: Me, expiresAt: Time }),
})

/** Internal: what a process manager asks before it goes on with a person's work. */
export const getPermissions = query('auth.get-permissions', {
  summary: 'Tell what a person may do now; not-found when they are disabled or gone',
  access: 'public',
  callers: ['sync', 'sites'],
  input: z.object({ organizationId: Id, userId: Id }),
  result: Me,
})

/** Internal: hub.live.<org>.me hints carry the session id or user id whose rights changed; tokens of it are dropped. */
export const sessionRevokedSubject = 'hub.session-revoked'
export const SessionRevoked = z.object({ userId: Id, sessionId: z.string().optional() })
