import { z } from 'zod'
import { command, query } from '../kit.ts'
import { changedMeanwhile, Done, Id, Name, nameTaken, Person, Revision, Time } from '../schemas.ts'
import { configFilter, configOrder, workloadFilter, workloadOrder } from './list-filters.ts'

/** What one person may have, and what an organization may share. */
export const viewLimits = { own: 100, shared: 200 } as const

const viewId = '6f1c3a52-7777-4a6e-9d43-0a5a2f6a9f07'
const ownerId = '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01'

const columns = z
  .array(
    z
      .string()
      .max(40)
      .regex(/^[a-z]+([A-Z-][a-z]*)*$/, 'A column like managedBy'),
  )
  .max(40)
  .optional()
  .describe('Columns that are shown, in their order; absent: those of the screen')

/**
 * What a saved view restores: the screen with its filters, order and columns. It is stored in events, filters and orders
 * included: it only grows, and what it took once it takes for good.
 */
export const ViewContent = z.discriminatedUnion('screen', [
  z.object({ screen: z.literal('workloads'), filter: z.object(workloadFilter), ...workloadOrder, columns }),
  z.object({ screen: z.literal('config'), filter: z.object(configFilter), ...configOrder, columns }),
])
export type ViewContent = z.output<typeof ViewContent>
export const ViewScreen = z.enum(['workloads', 'config'])

export const SavedView = z.object({
  id: Id,
  name: Name,
  content: ViewContent,
  shared: z.boolean().describe('Everybody of the organization sees it'),
  owner: Person,
  mine: z.boolean(),
  changeable: z.boolean().describe('The caller may edit and delete it; its owner may delete it in any case'),
  changedAt: Time,
  revision: z.number().int(),
})
export type SavedView = z.output<typeof SavedView>

const content = {
  screen: 'workloads' as const,
  filter: { status: ['degraded' as const, 'stalled' as const] },
  sort: 'status' as const,
}
const mayNotShare = {
  'may-not-share': {
    status: 403,
    message: 'Your role does not allow shared views. Keep it for yourself, or ask an operator to share it.',
  },
  'too-many': {
    status: 409,
    message: `A person has at most ${viewLimits.own} views, and an organization shares at most ${viewLimits.shared}. Delete one first.`,
  },
} as const

export const listViews = query('sites.list-views', {
  summary: 'List the saved views: one’s own and those shared in the organization',
  description: 'Shared ones first, then by name.',
  http: { method: 'GET', path: '/views' },
  access: 'inventory:read',
  input: z.object({ screen: ViewScreen.optional() }),
  result: z.object({ items: z.array(SavedView) }),
  staleAfter: ['views'],
  examples: [
    {
      summary: 'One view',
      input: { screen: 'workloads' },
      result: {
        items: [
          {
            id: viewId,
            name: 'In trouble',
            content,
            shared: true,
            owner: { id: ownerId, name: 'Ada' },
            mine: true,
            changeable: true,
            changedAt: '2026-11-24T10:00:00Z',
            revision: 0,
          },
        ],
      },
    },
  ],
})

export const saveView = command('sites.save-view', {
  summary: 'Save a view for oneself, or shared in the organization',
  description:
    'Names are taken once per screen: among one’s own, and among shared ones. Sharing needs the permission `view:share`.',
  http: { method: 'POST', path: '/views' },
  access: 'inventory:read',
  input: z.object({ name: Name, content: ViewContent, shared: z.boolean().default(false) }),
  result: z.object({ id: Id }),
  refusals: { ...nameTaken, ...mayNotShare },
  examples: [{ summary: 'In trouble', input: { name: 'In trouble', content }, result: { id: viewId } }],
})

export const editView = command('sites.edit-view', {
  summary: 'Rename a view, change what it shows, share it or keep it for oneself',
  description:
    'One’s own ones; shared ones also by everybody who may share. A shared view that its owner keeps for themselves again disappears for the others; nobody else can take it back from the organization, only delete it.',
  http: { method: 'PATCH', path: '/views/:viewId' },
  access: 'inventory:read',
  input: z.object({
    viewId: Id,
    name: Name.optional(),
    content: ViewContent.optional().describe('Of the same screen'),
    shared: z.boolean().optional(),
    revision: Revision.optional(),
  }),
  result: Done,
  refusals: {
    ...nameTaken,
    ...mayNotShare,
    ...changedMeanwhile,
    'not-yours': { status: 403, message: 'This view belongs to somebody else. Save a copy of your own.' },
    'other-screen': { status: 422, message: 'A view stays on its screen. Save another view for the other screen.' },
  },
  examples: [{ summary: 'Share', input: { viewId, shared: true, revision: 0 }, result: {} }],
})

export const deleteView = command('sites.delete-view', {
  summary: 'Delete a saved view',
  description: 'One’s own ones; shared ones also by everybody who may share.',
  http: { method: 'DELETE', path: '/views/:viewId' },
  access: 'inventory:read',
  input: z.object({ viewId: Id }),
  result: Done,
  refusals: { 'not-yours': { status: 403, message: 'This view belongs to somebody else. You cannot delete it.' } },
  examples: [{ summary: 'Delete', input: { viewId }, result: {} }],
})
