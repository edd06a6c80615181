import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { readModelContract } from './read-model.contract.ts'
import type { Filter, ReadModels, Sort } from './read-model.port.ts'
import { filterSql, sortSql } from './sql-filter.ts'
import { openSqliteReadModels } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-model-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
const newFile = (): string => {
  made += 1
  return join(folder, `${made}.db`)
}

const files = new WeakMap<ReadModels, string>()
const openFile = (file: string): ReadModels => {
  const models = openSqliteReadModels({ file })
  files.set(models, file)
  return models
}
const reopen = async (models: ReadModels): Promise<ReadModels> => {
  await models[Symbol.asyncDispose]()
  return openFile(files.get(models) ?? '')
}

readModelContract('sqlite', async () => openFile(newFile()), { reopen, textOrder: 'code-point' })

describe('sqlite read models', () => {
  const indexes = [{ fields: ['org', 'at'] }, { fields: ['owner.name'], unique: true }]
  const plans: [string, Filter, Sort, string][] = [
    ['an equality', { org: 'a' }, [], 'things:org,at'],
    ['an equality and a range', { org: 'a', at: { $gt: 3 } }, [], 'things:org,at'],
    ['one of several', { org: { $in: ['a', 'b'] } }, [], 'things:org,at'],
    ['a dotted unique field', { 'owner.name': 'ada' }, [], 'things:owner.name:unique'],
    ['a filter with the sort of the index', { org: 'a' }, [['at', 'asc']], 'things:org,at'],
  ]

  it.each(plans)('uses the index for %s', async (_, filter, sort, index) => {
    const file = newFile()
    await using models = openFile(file)
    await models.collection('things', { indexes })
    using db = new DatabaseSync(file, { readOnly: true })
    const where = filterSql(filter)
    const rows = db
      .prepare(`EXPLAIN QUERY PLAN SELECT doc FROM things WHERE ${where.text} ORDER BY ${sortSql(sort)}`)
      .all(...where.parameters)
    const plan = rows.map(({ detail }) => String(detail))
    expect(plan.join('\n')).toContain(`USING INDEX ${index} `)
    if (sort.length > 0) expect(plan.join('\n')).not.toContain('TEMP B-TREE')
  })
})
