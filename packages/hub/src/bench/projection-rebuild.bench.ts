import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { openSqliteReadModels } from '@rancher-hub/read-model/sqlite'
import { soleLeases } from '@rancher-hub/service-kit'
import { measureRebuild, rebuildResult } from './rebuild-bench.ts'

/** The sync log rebuilt from 50,000 events on SQLite, against reading the same events and nothing else. */
export const run = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  await using store = openSqliteEventStore({ file: join(folder, 'events.db') })
  await using models = openSqliteReadModels({ file: join(folder, 'models.db') })
  return rebuildResult('projection-rebuild', await measureRebuild(store, models, soleLeases()))
}
