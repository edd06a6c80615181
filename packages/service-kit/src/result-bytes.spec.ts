import { query } from '@rancher-hub/contracts'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { decode, encode } from './envelope.ts'
import { createResultChecker, createResultEncoder } from './result-bytes.ts'

const contract = query('sites.toy-bytes', {
  summary: 'Answer bytes',
  access: 'site:read',
  input: z.object({}),
  result: z.object({ name: z.string(), size: z.number().optional() }),
})
const other = { ...contract, name: 'sites.toy-other', result: z.object({ size: z.number() }) }

describe('a result that is written', () => {
  it('holds only what the contract declares', () => {
    expect(decode(createResultEncoder()(contract, { name: 'shop', secret: 'hidden' }))).toEqual({ name: 'shop' })
  })

  it('is written anew when the handler may have changed it', () => {
    const encodeResult = createResultEncoder()
    const result = { name: 'shop' }
    encodeResult(contract, result)
    result.name = 'cart'
    expect(decode(encodeResult(contract, result))).toEqual({ name: 'cart' })
  })

  it('is written once when it is frozen, for each contract', () => {
    const encodeResult = createResultEncoder()
    const result = Object.freeze({ name: 'shop', size: 2 })
    const data = encodeResult(contract, result)
    expect(encodeResult(contract, result)).toBe(data)
    expect(decode(encodeResult(other, result))).toEqual({ size: 2 })
  })

  it('is refused when it is not what the contract declares', () => {
    expect(() => createResultEncoder()(contract, Object.freeze({ name: 1 }))).toThrow('name')
  })
})

describe('a result that comes back', () => {
  it('loses what the contract does not declare, every time', () => {
    const check = createResultChecker()
    const data = encode({ name: 'shop', secret: 'hidden' })
    for (const _time of [1, 2]) expect(decode(check(contract, data))).toEqual({ name: 'shop' })
  })

  it('passes as it is when it is right, read once', () => {
    const reads = vi.fn(() => true)
    const counting = { ...contract, result: contract.result.refine(reads) }
    const check = createResultChecker()
    const data = encode({ name: 'shop' })
    expect(check(counting, data)).toBe(data)
    expect(decode(check(counting, Uint8Array.from(data)))).toEqual({ name: 'shop' })
    expect(reads).toHaveBeenCalledTimes(1)
  })

  it('is read again by another contract, and when it was forgotten', () => {
    const check = createResultChecker(1)
    const data = encode({ name: 'shop' })
    check(contract, data)
    expect(() => check(other, data)).toThrow('size')
    const reads = vi.fn(() => true)
    const counting = { ...contract, name: 'sites.toy-counting', result: contract.result.refine(reads) }
    check(counting, data)
    check(contract, data)
    check(counting, data)
    expect(reads).toHaveBeenCalledTimes(2)
  })

  it('that is wrong is a defect of who answered', () => {
    expect(() => createResultChecker()(contract, encode({ size: 1 }))).toThrow('name')
  })
})
