import { z } from 'zod'
import { permissions } from '../permissions.ts'
import { Id, Name, Time } from '../schemas.ts'

export const Role = z.enum(['administrator', 'operator', 'viewer'])
export type Role = z.output<typeof Role>

/** Sign-in name: what a person types, e-mail address or short name; compared case-insensitively. */
export const Username = z
  .string()
  .trim()
  .toLowerCase()
  .min(2, 'At least 2 characters')
  .max(120)
  .regex(/^[a-z0-9][a-z0-9._@+-]*$/, 'Letters, digits and . _ @ + - only')
/** 12–256 characters (ASVS 5.0 V6.2: length over composition rules). */
export const Password = z.string().min(12, 'At least 12 characters').max(256, 'At most 256 characters')

export const PersonEntry = z.object({
  id: Id,
  name: Name,
  username: z.string(),
  role: Role,
  state: z.enum(['invited', 'active', 'disabled']),
  addedAt: Time,
  lastSignInAt: Time.optional(),
  revision: z.number().int(),
})
export type PersonEntry = z.output<typeof PersonEntry>

export const Me = z.object({
  user: z.object({ id: Id, name: z.string(), username: z.string() }),
  organization: z.object({ id: Id, name: z.string() }),
  role: Role,
  permissions: z.array(z.enum(permissions)),
})
export type Me = z.output<typeof Me>

/** A one-time link, shown once. `url` carries the token behind `#`, so that no server log sees it. */
export const OneTimeLink = z.object({ url: z.string(), expiresAt: Time })
