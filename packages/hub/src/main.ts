import { createAdministratorLink } from '@rancher-hub/auth'
import { openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { ConfigError, startTelemetry } from '@rancher-hub/service-kit'
import { Command } from 'commander'
import { askControl } from './control.ts'
import { openDataFolder } from './data-folder.ts'
import { startDemo } from './demo.ts'
import { loadSettings, startHub } from './start-hub.ts'
import { StartRefusedError } from './start-refused-error.ts'

const env = process.env
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Resolves when somebody asks the process to stop. */
const stopAsked = async (): Promise<void> =>
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })

const start = async (): Promise<void> => {
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

const demo = async ({ reset }: { readonly reset?: boolean }): Promise<void> => {
  const settings = loadSettings({ HUB_DATA_DIR: './data/demo', ...env })
  await using running = await startDemo(settings, { reset })
  say(`\nRancher Hub runs at ${running.hub.url}, with a simulated fleet of two Rancher servers:`)
  for (const { name, url } of Object.values(running.fleet.ranchers)) say(`  ${name}  ${url}`)
  say(`\nSign in with this link (it works once; each start prints a new one):\n\n  ${running.link}\n`)
  await stopAsked()
  say('Stopping …')
}

const administratorLink = async (): Promise<void> => {
  const { hub } = loadSettings(env)
  const probe = (): ReturnType<typeof openDataFolder> | undefined => {
    try {
      return openDataFolder(hub.dataDir, hub.masterKey)
    } catch (error) {
      if (error instanceof StartRefusedError && error.message.startsWith('Another hub')) return undefined
      throw error
    }
  }
  using folder = probe()
  if (folder === undefined) {
    const reply = await askControl(`${hub.dataDir}/control.sock`, { command: 'administrator-link' })
    if (reply?.ok !== true)
      throw new StartRefusedError(
        `The running hub did not answer${reply === undefined ? '' : `: ${reply.error}`}; try again.`,
      )
    return say(reply.text)
  }
  await using store = openSqliteEventStore({ file: folder.eventsFile })
  const publicUrl = hub.publicUrl ?? `http://${hub.host}:${hub.port}`
  say((await createAdministratorLink({ store, publicUrl })).url)
  say('The hub is not running: start it, then open the link.')
}

const program = new Command('hub').description('Rancher Hub').showHelpAfterError()
program.command('start').description('start the hub').action(start)
program
  .command('demo')
  .description('start the hub with a simulated fleet')
  .option('--reset', 'begin anew: forget everything of the last demo')
  .action(demo)
program
  .command('admin')
  .description('administration on the server')
  .command('link')
  .description('print a one-time link that creates an administrator')
  .action(administratorLink)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof StartRefusedError) && !(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
