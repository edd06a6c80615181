/** Appends batches to a store until it is killed, and says on standard output which of them were acknowledged. */
import { randomInt, randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { appendNext, metadata } from '../src/contract/suite.ts'
import { openSqliteEventStore } from '../src/sqlite.ts'

const [file = '', round = ''] = process.argv.slice(2)
const store = openSqliteEventStore({ file })

for (let batch = 0; ; batch += 1) {
  const size = randomInt(1, 6)
  // Some events are large, so that a batch takes many pages of the file.
  const filler = 'x'.repeat(batch % 5 === 0 ? 30_000 : 10)
  const events = Array.from({ length: size }, (_, index) => ({
    id: randomUUID(),
    type: 'BatchWritten',
    data: { batch: `${round}/${batch}`, size, index, filler },
    metadata,
  }))
  const { revision, position } = await appendNext(store, `batch-${batch % 3}`, events)
  writeSync(1, `${JSON.stringify({ batch: `${round}/${batch}`, size, revision, position })}\n`)
}
