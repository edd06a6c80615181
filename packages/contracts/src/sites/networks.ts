import { z } from 'zod'
import { command, event, query } from '../kit.ts'
import { changedMeanwhile, Done, Id, Revision, Time } from '../schemas.ts'
import { NetworkTarget } from './network-target.ts'

const Note = z.string().trim().max(120).describe('What it is, for people')
const Mode = z
  .enum(['open', 'listed'])
  .describe('open: every public and private address; listed: only what is allowed here. What is never called, neither')

const AllowedInput = z.object({ target: NetworkTarget, note: Note.optional() })
const rules = { mode: Mode, allowed: z.array(AllowedInput).max(200) }

/** By which rule an address may be called, or not. */
export const NetworkRule = z.enum([
  'public',
  'private',
  'listed',
  'loopback',
  'metadata',
  'link-local',
  'multicast',
  'reserved',
  'not-listed',
  'not-an-address',
])
export type NetworkRule = z.output<typeof NetworkRule>

/** A site that would not be called. */
export const RefusedSite = z.object({ id: Id, name: z.string(), url: z.string(), reason: z.string() })
export type RefusedSite = z.output<typeof RefusedSite>

const NetworksChange = z.object({
  at: Time,
  by: z.string().optional().describe('Name of the person; absent: the hub itself'),
  mode: Mode,
  added: z.array(z.string()),
  removed: z.array(z.string()),
})

const Networks = z.object({
  mode: Mode,
  allowed: z.array(z.object({ target: z.string(), note: z.string().optional() })),
  loopbackAllowed: z.boolean().describe('Whether the hub itself allows its own loopback (HUB_ALLOW_LOOPBACK_SITES)'),
  never: z.array(
    z.object({ rule: NetworkRule, networks: z.array(z.string()) }).describe('Never called, whatever is allowed'),
  ),
  changes: z.array(NetworksChange).describe('The last ones, newest first'),
  revision: Revision,
})
export type Networks = z.output<typeof Networks>

const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const listed = {
  mode: 'listed' as const,
  allowed: [{ target: '10.20.0.0/16', note: 'Data centre' }, { target: '*.corp.example' }],
}
const reason = 'in no network and under no name that your organization allows'
const refused = { id: siteId, name: 'Rancher Europe', url: 'https://rancher.example.com', reason }

export const getNetworks = query('sites.get-networks', {
  summary: 'Show which networks the hub may call for this organization',
  http: { method: 'GET', path: '/networks' },
  access: 'site:read',
  input: z.object({}),
  result: Networks,
  staleAfter: ['networks'],
  examples: [
    {
      summary: 'Only what is listed',
      input: {},
      result: {
        ...listed,
        loopbackAllowed: false,
        never: [{ rule: 'link-local', networks: ['169.254.0.0/16', 'fe80::/10'] }],
        changes: [
          {
            at: '2026-11-24T10:00:00Z',
            by: 'Ada',
            mode: 'listed',
            added: ['10.20.0.0/16', '*.corp.example'],
            removed: [],
          },
        ],
        revision: 1,
      },
    },
  ],
})

export const changeNetworks = command('sites.change-networks', {
  summary: 'Set which networks the hub may call for this organization',
  description:
    'It holds at once, for open connections too: those to places that are refused from now on are cut, and their sites say why.',
  http: { method: 'PUT', path: '/networks' },
  access: 'network:write',
  input: z.object({
    ...rules,
    revision: Revision.describe('What was seen: editing an older state is refused'),
    acceptRefused: z.boolean().default(false).describe('Also where connected sites are refused from then on'),
  }),
  result: Done,
  refusals: {
    ...changedMeanwhile,
    'never-allowed': {
      status: 422,
      message: 'Some entries are networks that the hub never calls. Take them off the list.',
      details: z.object({ targets: z.array(z.string()) }),
    },
    'sites-refused': {
      status: 409,
      message: 'Connected sites would not be called any more. Look at which, then accept it or allow their addresses.',
      details: z.object({ sites: z.array(RefusedSite) }),
    },
  },
  limits: { timeoutMs: 30_000 },
  examples: [{ summary: 'Only what is listed', input: { ...listed, revision: 0 }, result: {} }],
})

export const previewNetworks = query('sites.preview-networks', {
  summary: 'Tell which connected sites a change of the networks would refuse; changes nothing',
  http: { method: 'POST', path: '/networks/preview' },
  access: 'network:write',
  input: z.object(rules),
  result: z.object({
    refused: z.array(RefusedSite),
    unresolved: z.array(RefusedSite).describe('Their names are not known to DNS now: nothing can be said of them'),
  }),
  staleAfter: ['networks', 'sites'],
  limits: { timeoutMs: 30_000, rate: { max: 120, perSeconds: 60 } },
  examples: [{ summary: 'One site', input: listed, result: { refused: [refused], unresolved: [] } }],
})

export const checkAddress = query('sites.check-address', {
  summary: 'Tell whether the hub may call an address, and by which rule; only names are looked up, nothing is called',
  http: { method: 'POST', path: '/networks/check' },
  access: 'site:write',
  input: z.object({
    address: z.string().trim().min(1).max(2000).describe('An address, a name, or a URL'),
    rules: z.object(rules).optional().describe('Judge by these instead of those in force'),
  }),
  result: z.object({
    allowed: z.boolean(),
    host: z.string().describe('As the hub reads it'),
    message: z.string(),
    addresses: z
      .array(
        z.object({
          address: z.string(),
          allowed: z.boolean(),
          rule: NetworkRule,
          target: z.string().optional().describe('Entry of the list that allows it'),
        }),
      )
      .describe('What it stands for, each judged'),
  }),
  staleAfter: ['networks'],
  limits: { timeoutMs: 30_000, rate: { max: 60, perSeconds: 60 } },
  examples: [
    {
      summary: 'A metadata service',
      input: { address: 'http://2852039166/' },
      result: {
        allowed: false,
        host: '169.254.169.254',
        message: '169.254.169.254 is refused: it is a metadata service of a cloud provider.',
        addresses: [{ address: '169.254.169.254', allowed: false, rule: 'metadata' }],
      },
    },
  ],
})

export const networksChanged = event('sites.NetworksChanged', {
  summary: 'An administrator changed which networks the hub may call for the organization',
  data: z.object({ mode: Mode, targets: z.number().int().describe('How many networks and names are allowed') }),
  example: { mode: 'listed', targets: 2 },
})
