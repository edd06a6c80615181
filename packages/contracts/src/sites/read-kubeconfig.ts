import { z } from 'zod'
import { command } from '../kit.ts'
import { SiteProblem } from './site-problem.ts'

/** A context of a kubeconfig, and whether the hub can use it. */
export const KubeconfigContext = z.object({
  name: z.string(),
  current: z.boolean().describe('The kubeconfig’s own choice'),
  server: z.string().optional(),
  namespace: z.string().optional(),
  problem: SiteProblem.optional().describe('Why it cannot be used, and what to do'),
})
export type KubeconfigContext = z.output<typeof KubeconfigContext>

export const readKubeconfig = command('sites.read-kubeconfig', {
  summary: 'List the contexts of a kubeconfig; stores nothing and calls nobody',
  http: { method: 'POST', path: '/sites/read-kubeconfig' },
  access: 'site:write',
  input: z.object({ kubeconfig: z.string().min(1).max(500_000) }),
  result: z.object({
    contexts: z.array(KubeconfigContext),
    problem: SiteProblem.optional().describe('It cannot be read at all'),
  }),
  limits: { bodyBytes: 700_000, rate: { max: 60, perSeconds: 60 } },
  examples: [
    {
      summary: 'Two contexts, of which one runs a program to sign in',
      input: { kubeconfig: 'apiVersion: v1\nkind: Config\n' },
      result: {
        contexts: [
          { name: 'dev', current: true, server: 'https://10.0.0.1:6443' },
          {
            name: 'aws',
            current: false,
            problem: {
              code: 'kubeconfig-not-self-contained',
              message:
                'This kubeconfig signs in by running a program (the field «exec» of the user), which the hub does not do.',
            },
          },
        ],
      },
    },
  ],
})
