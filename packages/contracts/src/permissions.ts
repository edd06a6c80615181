/** What a person or service may do. Contracts name one; roles are sets of them. Default deny. */
export const permissions = [
  'people:read',
  'people:write',
  'site:read',
  'site:write',
  'network:write',
  'environment:read',
  'environment:write',
  'instance:read',
  'instance:write',
  'inventory:read',
  'view:share',
  'sync:read',
  'sync:plan',
  'sync:execute',
] as const

export type Permission = (typeof permissions)[number]

/** Who may call a contract: everybody, every signed-in person, or who has the permission. */
export type Access = 'public' | 'session' | Permission

const viewer: readonly Permission[] = [
  'people:read',
  'site:read',
  'environment:read',
  'instance:read',
  'inventory:read',
  'sync:read',
]
const operator: readonly Permission[] = [...viewer, 'view:share', 'sync:plan', 'sync:execute']

/** The three built-in roles. Custom roles will be data; code asks for permissions only, never for a role. */
export const rolePermissions = {
  viewer,
  operator,
  administrator: permissions,
} as const satisfies Record<string, readonly Permission[]>

export type RoleName = keyof typeof rolePermissions
