import type { CallerName } from '@rancher-hub/contracts'
import { Command, Option } from 'commander'
import type { SubscriberOptions } from './commands/nats.ts'
import { REFUSED_EXIT_CODE } from './exit-codes.ts'
import { processNames } from './process-names.ts'
import { StartRefusedError, toStartRefused } from './start-refused-error.ts'

// Each command loads what it needs: a process of the distributed shape has no use for the others' services.
const env = process.env
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Resolves when somebody asks the process to stop. */
const stopAsked = async (): Promise<void> =>
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })

const start = async (): Promise<void> => {
  const { startStandalone } = await import('./commands/standalone.ts')
  await startStandalone(env, say, stopAsked)
}

const demo = async (options: { readonly reset?: boolean }): Promise<void> => {
  const { startDemoCommand } = await import('./commands/standalone.ts')
  await startDemoCommand(env, options, say, stopAsked)
}

const service = async (name: CallerName): Promise<void> => {
  const { startProcess } = await import('./distributed/start-process.ts')
  await using running = await startProcess(name, env)
  // A stop while it still waits for its servers is no failure.
  const stop = stopAsked()
  await Promise.race([running.started, stop])
  await stop
}

const distributed = async (): Promise<void> => {
  const { refusedBy, startDistributed } = await import('./distributed/start-distributed.ts')
  await using running = await startDistributed(env, say)
  const stop = stopAsked()
  const refused = running.refused.then((name) => {
    throw refusedBy(name)
  })
  const { firstLinkWhenThere } = await import('./commands/distributed.ts')
  const over = Promise.withResolvers<void>()
  try {
    const told = firstLinkWhenThere(running, say, over.promise)
    await Promise.race([refused, stop, told.then(async () => await stop)])
  } finally {
    over.resolve()
  }
  say('Stopping …')
}

const migrate = async (): Promise<void> => {
  const { migrateCommand } = await import('./commands/distributed.ts')
  await migrateCommand(env, say)
}

const administratorLink = async (): Promise<void> => {
  const { printAdministratorLink } = await import('./commands/admin-link.ts')
  await printAdministratorLink(env, say)
}

const program = new Command('hub').description('Rancher Hub').showHelpAfterError()
program.command('start').description('start the hub').action(start)
program
  .command('demo')
  .description('start the hub with a simulated fleet')
  .option('--reset', 'begin anew: forget everything of the last demo')
  .action(demo)
program
  .command('service')
  .description('start one process of the distributed shape')
  .argument('<name>', processNames.join(', '))
  .action(async (name: string) => {
    const known = processNames.find((each) => each === name)
    if (known === undefined)
      throw new StartRefusedError(`There is no service «${name}»; choose one of ${processNames.join(', ')}.`)
    await service(known)
  })
program
  .command('distributed')
  .description('start all processes of the distributed shape on this machine')
  .action(distributed)
program
  .command('migrate')
  .description('copy the event log of a stopped standalone hub (HUB_DATA_DIR) into EventStoreDB (HUB_EVENTSTOREDB_URL)')
  .action(migrate)
program
  .command('admin')
  .description('administration on the server')
  .command('link')
  .description('print a one-time link that creates an administrator')
  .action(administratorLink)
program
  .command('keys')
  .description('keys of the distributed shape')
  .command('create')
  .description('make the internal keys of all services and a master key')
  .argument('<folder>', 'a folder without keys')
  .action(async (folder: string) => {
    const { writeKeys } = await import('./distributed/internal-keys.ts')
    writeKeys(folder)
    say(`Keys were written to ${folder}. Back up master.key apart from the data.`)
  })
const nats = program.command('nats').description('users and permissions for the NATS server')
nats
  .command('config')
  .description('print the configuration of a NATS server with a user for each service')
  .addOption(
    new Option('--subscriber <user=organization...>', 'others who may follow the events of an organization').default(
      [],
    ),
  )
  .action(async ({ subscriber }: { readonly subscriber: readonly string[] }) =>
    (await import('./commands/nats.ts')).configCommand(subscriber, say),
  )
nats
  .command('subscriber')
  .description('print the account that may follow the public events of one organization, and nothing else')
  .requiredOption('--organization <id>', 'organization whose events it may see')
  .addOption(new Option('--user <name>', 'name of the user, lower-case').default('subscriber'))
  .option('--create', 'make its consumer on HUB_NATS_URL instead, with the rights of the user «administrator»')
  .action(async (options: SubscriberOptions) => {
    await (await import('./commands/nats.ts')).subscriberCommand(env, options, say)
  })

try {
  await program.parseAsync()
} catch (error) {
  const refused = toStartRefused(error)
  if (!(refused instanceof StartRefusedError)) throw error
  process.stderr.write(`${refused.message}\n`)
  process.exitCode = REFUSED_EXIT_CODE
}
