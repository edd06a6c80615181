import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

const section = (key: keyof typeof hubDeclarations): string =>
  [
    `## ${titles[key]}`,
    '',
    '| variable | default | |',
    '| --- | --- | --- |',
    ...describeConfig(hubDeclarations[key]).map(row),
  ].join('\n')

const page = `# Settings

Settings are environment variables. Every problem of all of them is told at once when the hub starts. Each variable, those that
name a file apart, has a second form with \`_FILE\` at its end, which names a file that holds the value. Tracing starts when the standard variable
\`OTEL_EXPORTER_OTLP_ENDPOINT\` is set. This page is generated from the declarations in the code (\`pnpm docs:gen\`).

${(Object.keys(hubDeclarations) as (keyof typeof hubDeclarations)[]).map(section).join('\n\n')}
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
