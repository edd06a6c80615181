import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { askControl, startControl } from '../src/control.ts'

const folder = mkdtempSync(join(tmpdir(), 'control-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the control socket', () => {
  it('answers what the command line asks of a running hub', async () => {
    const path = join(folder, 'a.sock')
    await using _control = await startControl(path, async ({ command }) => `did ${command}`)
    expect(await askControl(path, { command: 'administrator-link' })).toEqual({
      ok: true,
      text: 'did administrator-link',
    })
  })

  it('tells why something cannot be done', async () => {
    const path = join(folder, 'b.sock')
    await using _control = await startControl(path, async () => await Promise.reject(new Error('The disk is full')))
    expect(await askControl(path, { command: 'rebuild' })).toEqual({ ok: false, error: 'The disk is full' })
  })

  it('tells when no hub is running', async () => {
    expect(await askControl(join(folder, 'none.sock'), { command: 'rebuild' })).toBeUndefined()
  })
})
