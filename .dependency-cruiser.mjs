/** Who may import whom. Each rule says what to do instead. */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Move what both need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'service-not-to-service',
      comment: 'Ask over the bus: declare a contract in packages/contracts.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src', pathNot: '(\\.(spec|fixtures)\\.ts$|/bench/)' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'adapters-only-in-composition-roots',
      comment: 'Take the port type; packages/hub chooses the adapter.',
      severity: 'error',
      from: { path: '^(services|packages/service-kit)/.*src/', pathNot: '(\\.(spec|fixtures)\\.ts$|/bench/)' },
      to: { path: '^packages/(event-store|read-model|bus)/src/(memory|sqlite|nats|mongodb|eventstoredb)' },
    },
    {
      name: 'web-not-to-service',
      comment: 'The web talks to the gateway: packages/contracts and packages/api-client.',
      severity: 'error',
      from: { path: '^web/src' },
      to: { path: '^(services|packages/(?!contracts|api-client))/' },
    },
    {
      name: 'contracts-only-zod',
      comment: 'Contracts are isomorphic: zod and nothing else.',
      severity: 'error',
      from: { path: '^packages/contracts/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^packages/contracts/', 'node_modules/zod/', '^zod'] },
    },
    {
      name: 'domain-pure',
      comment: 'No I/O, no clock, no npm in the domain: bring facts in with the command.',
      severity: 'error',
      from: { path: '^packages/domain/src', pathNot: '(testing|\\.spec)\\.ts$' },
      to: { pathNot: '^packages/domain/' },
    },
    {
      name: 'kubernetes-pure',
      comment: 'What the hub knows of Kubernetes is pure; effects belong to services/sites.',
      severity: 'error',
      from: { path: '^packages/kubernetes/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^packages/kubernetes/', 'canonicalize', '^(node:)?crypto$'] },
    },
    {
      name: 'fleet-stands-alone',
      comment: 'The simulator must not share a mistake with the product.',
      severity: 'error',
      from: { path: '^packages/fleet/src' },
      to: { path: '^(packages/(?!fleet)|services|web)' },
    },
    {
      name: 'feature-not-to-feature',
      comment: 'Move what both need up: to the folder of the aggregate, or beside the features.',
      severity: 'error',
      // The overview is made of other features' components: that is what it is for.
      from: {
        path: '^((?:services/[^/]+|web)/src/features)/([^/]+)/',
        pathNot: '\\.(spec|fixtures)\\.ts$|^web/src/features/overview/',
      },
      to: { path: '^$1/[^/]+/', pathNot: '^$1/$2/' },
    },
    {
      name: 'no-deep-package-import',
      comment:
        'Import other packages by name: Node then lets through what their `exports` declare, and nothing deeper.',
      severity: 'error',
      from: { path: '^((?:packages|services)/[^/]+|web)/' },
      to: { dependencyTypes: ['local'], path: '^(packages|services|web)/', pathNot: '^$1/' },
    },
    {
      name: 'service-not-to-simulator',
      comment: 'Services know nothing of the simulated fleet or of the composition root.',
      severity: 'error',
      from: { path: '^(services|packages/(?!hub|fleet))/', pathNot: '\\.(spec|fixtures)\\.ts$|/tests/|/bench/' },
      to: { path: '^packages/(hub|fleet)/' },
    },
    {
      name: 'src-not-to-spec',
      comment: 'Move what both need out of the spec.',
      severity: 'error',
      from: {
        path: '^(packages|services|web)/.*src/',
        pathNot: '\\.(spec|fixtures|contract)\\.ts$|/contract/|/bench/',
      },
      to: { path: '\\.(spec|fixtures)\\.ts$' },
    },
    {
      name: 'shared-not-to-feature',
      comment: 'What shared needs of a feature belongs to shared.',
      severity: 'error',
      from: { path: '^web/src/shared' },
      to: { path: '^web/src/features' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.vue', '.mjs', '.js'],
    },
  },
}
