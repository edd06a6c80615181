import type { VersionSupport } from '@rancher-hub/contracts'

/** A minor version, and the last day on which its maker mends it; without a day: it is mended still, as far as is known. */
type Minors = readonly (readonly [minor: number, lastDay?: string])[]

/**
 * Rancher 2.x, community and Prime alike. Days: «EOL» of endoflife.date/rancher (Dec 2025), which follows
 * suse.com/lifecycle; versions: tags of github.com/rancher/rancher until August 2026.
 */
const rancherMinors: Minors = [
  [6, '2024-04-30'],
  [7, '2024-11-18'],
  [8, '2025-07-22'],
  [9, '2026-02-26'],
  [10, '2026-06-19'],
  [11, '2026-10-24'],
  [12],
  [13],
  [14],
  [15],
]
/**
 * Kubernetes 1.x. Days: «End of Life» of kubernetes.io/releases/patch-releases; each minor is mended for about 14 months
 * (KEP-1498). The newest ones have no day here yet.
 */
const kubernetesMinors: Minors = [
  [21, '2022-06-28'],
  [22, '2022-10-28'],
  [23, '2023-02-28'],
  [24, '2023-07-28'],
  [25, '2023-10-28'],
  [26, '2024-02-28'],
  [27, '2024-06-28'],
  [28, '2024-10-28'],
  [29, '2025-02-28'],
  [30, '2025-06-28'],
  [31, '2025-11-11'],
  [32, '2026-02-28'],
  [33, '2026-06-28'],
  [34, '2026-10-27'],
  [35, '2027-02-28'],
  [36],
  [37],
]

interface Maker {
  readonly name: string
  readonly major: number
  readonly minors: Minors
  /** What else is to be known when support has ended. */
  readonly note: string
}
const makers = {
  rancher: { name: 'Rancher', major: 2, minors: rancherMinors, note: 'Upgrade it: it gets no security fixes.' },
  kubernetes: {
    name: 'Kubernetes',
    major: 1,
    minors: kubernetesMinors,
    note: 'The Kubernetes project makes no security fixes for it any more; a distribution may.',
  },
} as const satisfies Record<string, Maker>

const ended = ({ name, major, note }: Maker, minor: number, since: string): VersionSupport => ({
  state: 'ended',
  message: `Support of ${name} ${major}.${minor} has ended${since}. ${note}`,
})

/**
 * Whether a version is still mended. It is a warning at most: whatever is said here, the hub calls the server.
 * `version` as servers tell it: `v2.13.2`, `v2.16-<sha>-head`, `v1.33.4+rke2r1`, `dev`.
 */
export const versionSupport = (
  maker: keyof typeof makers,
  version: string | undefined,
  now: Date,
): VersionSupport | undefined => {
  if (version === undefined) return undefined
  const made: Maker = makers[maker]
  const [, major, minorText] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined || Number(major) !== made.major)
    return { state: 'unknown', message: `${version} is no release of ${made.name} that the hub knows.` }
  const minor = Number(minorText)
  const [oldest, newest] = [made.minors[0]?.[0] ?? 0, made.minors.at(-1)?.[0] ?? 0]
  if (minor < oldest) return ended(made, minor, `; the hub is made for ${made.major}.${oldest} and newer`)
  if (minor > newest)
    return { state: 'unknown', message: `${made.name} ${version} is newer than what this hub was tested with.` }
  const lastDay = made.minors.find(([each]) => each === minor)?.[1]
  if (lastDay !== undefined && now.toISOString().slice(0, 10) > lastDay) return ended(made, minor, ` on ${lastDay}`)
  return {
    state: 'supported',
    message: `${made.name} ${made.major}.${minor} is supported${lastDay === undefined ? '' : ` until ${lastDay}`}.`,
  }
}
