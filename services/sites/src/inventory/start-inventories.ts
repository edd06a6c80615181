import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { Inventories } from './inventories.ts'

/** Has these instances read from now on, until nobody has asked for a while. Does not wait for their clusters. */
export const startInventories = async (inventories: Inventories, instances: readonly InstanceDoc[]): Promise<void> => {
  await Promise.all(
    instances.map(async (instance) => {
      const used = await inventories.use(instance)
      used[Symbol.dispose]()
    }),
  )
}
