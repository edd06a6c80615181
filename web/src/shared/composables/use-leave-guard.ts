import { useEventListener } from '@vueuse/core'
import { type Ref, ref } from 'vue'
import { onBeforeRouteLeave, type RouteLocationNormalized, useRouter } from 'vue-router'

/** Nobody leaves a page with unsaved changes unasked: the hub asks on its own pages, the browser when it closes or reloads. */
export const useLeaveGuard = (isUnsaved: Readonly<Ref<boolean>>) => {
  const router = useRouter()
  const isAsking = ref(false)
  let target: RouteLocationNormalized | undefined
  let isLeaving = false
  onBeforeRouteLeave((to) => {
    if (!isUnsaved.value || isLeaving) return true
    target = to
    isAsking.value = true
    return false
  })
  useEventListener(window, 'beforeunload', (event) => {
    if (isUnsaved.value) event.preventDefault()
  })
  /** Goes where the person wanted to, without what is not saved. */
  const leave = (): void => {
    isLeaving = true
    isAsking.value = false
    if (target !== undefined) void router.push(target)
  }
  return { isAsking, leave }
}
