import { hash } from 'node:crypto'
import type { Contract } from '@rancher-hub/contracts'
import { LRUCache } from 'lru-cache'
import { decode, encode } from './envelope.ts'

/** Makes the JSON of results, checked by their contracts. */
export type ResultEncoder = (contract: Contract, result: unknown) => Uint8Array

/**
 * Checks and writes a result; what the contract does not declare is left out. The same frozen object is written once
 * only: a handler that keeps an answer for as long as it is right freezes it (`Object.freeze`) and gives it again.
 */
export const createResultEncoder = (): ResultEncoder => {
  const written = new WeakMap<object, { readonly contract: Contract; readonly data: Uint8Array }>()
  return (contract, result) => {
    const isKept = typeof result === 'object' && result !== null && Object.isFrozen(result)
    if (!isKept) return encode(contract.result.parse(result))
    const known = written.get(result)
    if (known?.contract === contract) return known.data
    const data = encode(contract.result.parse(result))
    written.set(result, { contract, data })
    return data
  }
}

/** Checks the JSON of a result where it comes back. */
export type ResultChecker = (contract: Contract, data: Uint8Array) => Uint8Array

/**
 * Gives the JSON of a result with nothing in it that the contract does not declare. Bytes that were found right once
 * are known by their SHA-256 and pass without being read again; the last `remembered` of them.
 */
export const createResultChecker = (remembered = 4096): ResultChecker => {
  const right = new LRUCache<string, true>({ max: remembered })
  return (contract, data) => {
    const key = `${contract.name} ${hash('sha256', data, 'base64')}`
    if (right.get(key) === true) return data
    const checked = encode(contract.result.parse(decode(data)))
    if (Buffer.compare(checked, data) !== 0) return checked
    right.set(key, true)
    return data
  }
}
