import { startTelemetry } from '@rancher-hub/service-kit'
import { startDemo } from '../demo.ts'
import { loadSettings, startHub } from '../start-hub.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Say = (text: string) => void

/** `hub start` */
export const startStandalone = async (env: Environment, say: Say, stopAsked: () => Promise<void>): Promise<void> => {
  const settings = loadSettings(env)
  await using _telemetry = await startTelemetry({
    serviceName: 'rancher-hub',
    endpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'],
  })
  await using hub = await startHub(settings)
  say(`\nRancher Hub runs at ${hub.url}`)
  if (hub.folder.masterKeyIsNew) {
    say(
      `\nA master key was made: ${hub.folder.masterKeyFile}\nBack it up apart from the data: without it no stored credential can be read again.`,
    )
  }
  const link = await hub.firstAdministratorLink()
  if (link !== undefined)
    say(`\nCreate the administrator (this link works once, and only until the next start):\n\n  ${link}\n`)
  await stopAsked()
  say('Stopping …')
}

/** `hub demo` */
export const startDemoCommand = async (
  env: Environment,
  { reset }: { readonly reset?: boolean },
  say: Say,
  stopAsked: () => Promise<void>,
): Promise<void> => {
  const settings = loadSettings({ HUB_DATA_DIR: './data/demo', ...env })
  await using running = await startDemo(settings, { reset })
  say(`\nRancher Hub runs at ${running.hub.url}, with a simulated fleet of two Rancher servers:`)
  for (const { name, url } of Object.values(running.fleet.ranchers)) say(`  ${name}  ${url}`)
  say(`\nSign in with this link (it works once; each start prints a new one):\n\n  ${running.link}\n`)
  await stopAsked()
  say('Stopping …')
}
