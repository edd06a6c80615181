import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { distributedConfig, healthConfig } from '../packages/hub/src/distributed/config.ts'
import { processNames } from '../packages/hub/src/process-names.ts'
import { hubDeclarations } from '../packages/hub/src/start-hub.ts'
import { describeConfig, type SettingDescription } from '../packages/service-kit/src/config.ts'

const titles: Readonly<Record<keyof typeof hubDeclarations, string>> = {
  hub: 'The hub',
  auth: 'Sign-in and people',
  sites: 'Sites',
  gateway: 'Gateway',
}

const row = ({ name, description, default: fallback, secret }: SettingDescription): string =>
  `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description}${secret ? ' (secret: shown nowhere)' : ''} |`

const table = (title: string, settings: readonly SettingDescription[]): string =>
  [`## ${title}`, '', '| variable | default | |', '| --- | --- | --- |', ...settings.map(row)].join('\n')

const standalone = (Object.keys(hubDeclarations) as (keyof typeof hubDeclarations)[]).map((key) =>
  table(titles[key], describeConfig(hubDeclarations[key])),
)
/** What only processes of the distributed shape take, or what means something else there. */
const distributed = [
  ...describeConfig(distributedConfig).filter(({ name }) => !/_(PUBLIC_URL|LOG_LEVEL)$/u.test(name)),
  ...processNames.flatMap((name) => describeConfig(healthConfig(name))),
]

const page = `# Settings

Settings are environment variables. Every problem of all of them is told at once when the hub starts. Each variable, those that
name a file apart, has a second form with \`_FILE\` at its end, which names a file that holds the value. Tracing starts when the standard variable
\`OTEL_EXPORTER_OTLP_ENDPOINT\` is set. This page is generated from the declarations in the code (\`pnpm docs:gen\`).

${standalone.join('\n\n')}

${table('One process per service', distributed)}

Each process takes those, its service’s own from above and, of «The hub», \`HUB_PUBLIC_URL\` and \`HUB_LOG_LEVEL\`; the gateway also those by which it
listens, \`sites\` also \`HUB_MASTER_KEY\` and \`HUB_ALLOW_LOOPBACK_SITES\`. [Run it for many teams](../how-to/run-it-for-many-teams.md) says how they come together.
`

const file = join(import.meta.dirname, '../docs/reference/settings.md')
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== page) {
    process.stderr.write('docs/reference/settings.md does not say what the code declares: run `pnpm docs:gen`.\n')
    process.exitCode = 1
  }
} else {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, page)
}
