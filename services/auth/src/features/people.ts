import {
  addPerson,
  changeRole,
  disablePerson,
  enablePerson,
  type InputOf,
  listPeople,
  type OneTimeLink,
  renewLink,
} from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleCommand, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import { type AuthDeps, announceRevocation, decideOrRefuse } from '../auth-deps.ts'
import { createLink } from '../links/create-link.ts'
import * as decisions from '../organization/decisions.ts'
import { organization } from '../organization/organization.ts'
import type { PersonDocument } from '../projections/people.projection.ts'
import { issueLink, user } from '../user/user.ts'

const toEntry = ({
  _id,
  org: _org,
  sortName: _sortName,
  activated: _activated,
  _position,
  ...entry
}: PersonDocument) => ({ id: _id, ...entry })

const list = async (deps: AuthDeps, { text, offset, limit }: InputOf<typeof listPeople>, org: string) => {
  const people = await deps.models.people()
  const filter =
    text === undefined || text === ''
      ? { org }
      : { org, $or: [{ name: { $contains: text } }, { username: { $contains: text } }] }
  const [docs, total] = await Promise.all([
    people.find(filter, { sort: [['sortName', 'asc']], skip: offset, limit }),
    people.count(filter),
  ])
  return { items: docs.map(toEntry), total }
}

const giveLink = async (deps: AuthDeps, ctx: CallContext, userId: string): Promise<z.output<typeof OneTimeLink>> => {
  const { url, tokenHash, expiresAt } = createLink(deps.publicUrl(), ctx.now(), deps.config.linkHours)
  await ctx.decide(user, userId, (state, now) =>
    issueLink({ purpose: 'set-password', tokenHash, expiresAt }, state, now),
  )
  return { url, expiresAt }
}

/** The list of people and what administrators do with it. */
export const peopleFeatures = (deps: AuthDeps): Handler[] => [
  handleQuery(listPeople, async (input, ctx) => await list(deps, input, ctx.organization)),

  handleCommand(addPerson, async ({ name, username, role }, ctx) => {
    const userId = ctx.newId()
    const command = { userId, name, username, role }
    await decideOrRefuse(addPerson, ctx, organization, ctx.organization, (state, now) =>
      decisions.addPerson(command, state, now),
    )
    return { id: userId, link: await giveLink(deps, ctx, userId) }
  }),

  handleCommand(renewLink, async ({ userId }, ctx) => {
    const account = await (await deps.models.accounts()).get(userId)
    if (account === undefined || account.org !== ctx.organization) throw refuse(renewLink, 'not-found')
    if (account.disabled) throw refuse(renewLink, 'person-disabled')
    return { link: await giveLink(deps, ctx, userId) }
  }),

  handleCommand(changeRole, async ({ userId, role, revision }, ctx) => {
    const command = { userId, role, revision }
    await decideOrRefuse(changeRole, ctx, organization, ctx.organization, (state, now) =>
      decisions.changeRole(command, state, now),
    )
    await announceRevocation(deps.bus, ctx.organization, { userId })
    return {}
  }),

  handleCommand(disablePerson, async ({ userId }, ctx) => {
    await decideOrRefuse(disablePerson, ctx, organization, ctx.organization, (state, now) =>
      decisions.disablePerson({ userId }, state, now),
    )
    await announceRevocation(deps.bus, ctx.organization, { userId })
    return {}
  }),

  handleCommand(enablePerson, async ({ userId }, ctx) => {
    await decideOrRefuse(enablePerson, ctx, organization, ctx.organization, (state, now) =>
      decisions.enablePerson({ userId }, state, now),
    )
    return {}
  }),
]
