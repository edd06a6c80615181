import { deleteView, editView, listViews, type SavedView, saveView } from '@rancher-hub/contracts'
import { computed } from 'vue'
import { useContractCommand, useContractQuery } from '../../../shared/composables/use-contract.ts'
import type { ScreenName } from '../list-screens.ts'
import { contentOf, showsSame, stateOf } from '../list-state.ts'
import type { ListAddress } from './use-list-state.ts'

/** The saved views of a screen: the one that is shown, whether it was changed, and what can be done with it. */
export const useSavedViews = (screen: ScreenName, address: ListAddress) => {
  const { data, error } = useContractQuery(listViews, { screen })
  const views = computed(() => data.value?.items ?? [])
  const current = computed(() => views.value.find(({ id }) => id === address.state.value.view))
  const isChanged = computed(
    () =>
      current.value !== undefined &&
      !showsSame(screen, stateOf(current.value.content, address.state.value.size), address.state.value),
  )
  const saving = useContractCommand(saveView)
  const editing = useContractCommand(editView)
  const deleting = useContractCommand(deleteView)

  const open = (view: SavedView | undefined): void => {
    const { size } = address.state.value
    if (view !== undefined) address.go(stateOf(view.content, size, view.id))
    else address.go({ filter: {}, sort: 'name', direction: 'asc', page: 1, size })
  }
  const saveAs = async (name: string, shared: boolean): Promise<void> => {
    const content = contentOf(screen, address.state.value)
    const { id } = await saving.mutateAsync({ name, shared, content })
    address.change({ view: id, page: address.state.value.page })
  }
  /** Keeps what is shown now in the view that it began with. */
  const saveChanges = async (): Promise<void> => {
    if (current.value === undefined) return
    const { id: viewId, revision } = current.value
    await editing.mutateAsync({ viewId, revision, content: contentOf(screen, address.state.value) })
  }
  const rename = async (name: string, shared: boolean): Promise<void> => {
    if (current.value === undefined) return
    const { id: viewId, revision } = current.value
    await editing.mutateAsync({ viewId, revision, name, shared })
  }
  const remove = async (): Promise<void> => {
    if (current.value === undefined) return
    await deleting.mutateAsync({ viewId: current.value.id })
    address.change({ view: undefined, page: address.state.value.page })
  }
  return { views, error, current, isChanged, open, saveAs, saveChanges, rename, remove, saving, editing, deleting }
}
export type SavedViews = ReturnType<typeof useSavedViews>
