import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { JsonAnswer } from './site-caller.ts'

/** Milliseconds for answers of one object, which many may wait for. */
export const LOOK_MS = 10_000

/** The object that an answer is. */
export const toObject = (answer: JsonAnswer): KubernetesObject => answer.body as KubernetesObject
