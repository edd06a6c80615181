import type { InstanceDoc } from '../landscape/landscape-projections.ts'

/** What an instance reads, as one text: bound to something else, it is another thing to follow. */
export const placeKey = ({
  siteId,
  clusterId,
  namespace,
  labelSelector = '',
}: Pick<InstanceDoc, 'siteId' | 'clusterId' | 'namespace' | 'labelSelector'>): string =>
  [siteId, clusterId, namespace, labelSelector].join(' ')
