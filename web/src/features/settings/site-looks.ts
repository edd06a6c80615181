import { expiryWarningDays, type Site } from '@rancher-hub/contracts'
import type { Tone } from '../../shared/format/tone.ts'

/** How the states of a site look. */
export const siteTones: Readonly<Record<Site['state'], Tone>> = {
  connected: 'ok',
  problem: 'bad',
  unknown: 'unknown',
  disabled: 'neutral',
}

/** How the states of a cluster look, as Rancher names them; what is not listed is on its way somewhere. */
const clusterTones: Readonly<Record<string, Tone>> = {
  active: 'ok',
  unavailable: 'bad',
  error: 'bad',
  inactive: 'attention',
  removing: 'attention',
}
export const clusterTone = (state: string): Tone => clusterTones[state] ?? 'running'

const DAY_MS = 86_400_000

/** How near the end of a token is: the smallest of the days at which people are warned; `ended`, or undefined: far away. */
export const expiryStage = (expiresAt: string | undefined, now: Date): number | 'ended' | undefined => {
  if (expiresAt === undefined) return undefined
  const left = (Date.parse(expiresAt) - now.getTime()) / DAY_MS
  return left <= 0 ? 'ended' : expiryWarningDays.findLast((days) => left <= days)
}

export const expiryTone = (stage: ReturnType<typeof expiryStage>): Tone => {
  if (stage === undefined) return 'neutral'
  return stage === 'ended' || stage === 1 ? 'bad' : 'attention'
}

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
/** Memory as Kubernetes counts it: «48 GiB». */
export const memoryText = (bytes: number, locale: string): string => {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), binary.length - 1)
  const value = bytes / 1024 ** step
  const digits = value < 10 && step > 0 ? 1 : 0
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${binary[step]}`
}
