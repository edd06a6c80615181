/** The words of a server behind the hub, where the sentence about it does not quote them already. */
export const upstreamWords = (problem: {
  readonly message: string
  readonly upstream?: string | undefined
}): string | undefined =>
  problem.upstream === undefined || problem.message.includes(problem.upstream) ? undefined : problem.upstream
