import { describe, expect, it } from 'vitest'
import { lastChange } from './managed-fields.ts'

const object = (...managers: readonly (readonly [manager: string, time: string])[]) => ({
  kind: 'ConfigMap',
  metadata: { name: 'settings', managedFields: managers.map(([manager, time]) => ({ manager, time })) },
})

describe('the last change of an object', () => {
  it('is the latest, wherever it stands', () => {
    const changed = object(['edit', '2026-11-26T06:00:01Z'], ['apply', '2026-11-26T06:00:00Z'])
    expect(lastChange(changed)?.manager).toBe('edit')
  })

  it('is the last in the list of those within one second', () => {
    const changed = object(['apply', '2026-11-26T06:00:00Z'], ['edit', '2026-11-26T06:00:00Z'])
    expect(lastChange(changed)?.manager).toBe('edit')
  })

  it('is unknown where nobody is told', () => {
    expect(lastChange(object())).toBeUndefined()
  })
})
