import { describeRights, type InputOf, type ReturnOf } from '@rancher-hub/contracts'
import {
  type AccountRightsWanted,
  accountRights,
  type Rights,
  type RightsCommand,
  rancherCommands,
  rancherRights,
  rightsCommands,
} from '@rancher-hub/kubernetes'
import { handleQuery, refuse } from '@rancher-hub/service-kit'
import { stringify } from 'yaml'
import { resourceUses } from '../../connection/resource-uses.ts'

type Input = InputOf<typeof describeRights>

const toManifest = ({ objects }: Rights): string =>
  objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')

const answer = (
  rights: Rights,
  fileName: string,
  commands: readonly RightsCommand[],
): ReturnOf<typeof describeRights> => ({
  fileName,
  manifest: toManifest(rights),
  objects: rights.objects.map(({ kind, metadata: { name, namespace } }) => ({ kind, name, namespace })),
  grants: rights.grants.map((grant) => ({ ...grant, verbs: [...grant.verbs] })),
  commands: [...commands],
})

const wantedOf = ({
  mode,
  secrets,
  clusterWide,
  namespaces,
  account,
  accountNamespace,
}: Input): AccountRightsWanted => ({
  uses: resourceUses,
  mode,
  secrets,
  clusterWide,
  namespaces,
  account: { name: account, namespace: accountNamespace },
})

/** Answers `sites.describe-rights`: a manifest with what the code does, and no more. No cluster is asked. */
export const describeRightsFeature = handleQuery(describeRights, async (input) => {
  const wanted = wantedOf(input)
  if (input.siteKind === 'rancher') {
    const fileName = 'rancher-hub-roles.yaml'
    return answer(rancherRights(wanted), fileName, rancherCommands(fileName))
  }
  const rights = accountRights(wanted)
  // Names of namespaces alone are no use: nothing of an app could be read. Nor is writing without a place to write to.
  const needsNamespace = input.mode === 'read-and-sync' || input.secrets || input.clusterWide !== 'read'
  if (needsNamespace && input.namespaces.length === 0) throw refuse(describeRights, 'nothing-wanted')
  const fileName = `${input.account}-rights.yaml`
  return answer(rights, fileName, rightsCommands(wanted, { fileName, tokenHours: input.tokenDays * 24 }))
})
