import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allContracts, allEvents } from './catalogue.ts'
import { commonRefusals } from './kit.ts'
import { permissions } from './permissions.ts'

const duplicates = (values: readonly string[]): string[] =>
  values.filter((value, index) => values.indexOf(value) !== index)
const pathParameters = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '')
const served = allContracts.filter((contract) => contract.http !== undefined)

describe('catalogue', () => {
  it('names every contract once', () => {
    expect(duplicates(allContracts.map((contract) => contract.name))).toEqual([])
    expect(duplicates(allContracts.map((contract) => contract.subject))).toEqual([])
  })

  it('serves every route once, however its parameters are called', () => {
    const routes = served.map(({ http }) => `${http?.method} ${http?.path.replaceAll(/:\w+/g, ':')}`)
    expect(duplicates(routes)).toEqual([])
  })

  it('names every public event once', () => {
    expect(duplicates(allEvents.map((event) => `${event.service}.${event.type}`))).toEqual([])
  })
})

describe.each(allContracts.map((contract) => [contract.name, contract] as const))('%s', (_name, contract) => {
  it('is named <service>.<kebab-case>', () => {
    expect(contract.name).toMatch(/^(auth|sites|sync|registry|monitor)\.[a-z]+(-[a-z]+)*$/)
    expect(contract.subject).toBe(
      `hub.${{ command: 'cmd', query: 'qry', stream: 'str' }[contract.kind]}.${contract.name}`,
    )
  })

  it('says what it does and who may call it', () => {
    expect(contract.summary).toMatch(/^[A-Z].*[^.]$/u)
    expect(['public', 'session', ...permissions]).toContain(contract.access)
  })

  it('is served over HTTP or names its internal callers', () => {
    expect(contract.http !== undefined || (contract.callers?.length ?? 0) > 0).toBe(true)
  })

  it('takes its path parameters from its input', () => {
    const fields = Object.keys(contract.input.shape)
    for (const parameter of pathParameters(contract.http?.path ?? '')) expect(fields).toContain(parameter)
  })

  it('writes only with unsafe methods', () => {
    if (contract.kind === 'command') expect(contract.http?.method).not.toBe('GET')
  })

  it('has examples that its schemas take, when it is served', () => {
    if (contract.http !== undefined) expect(contract.examples?.length ?? 0).toBeGreaterThan(0)
    for (const example of contract.examples ?? []) {
      expect(() => contract.input.parse(example.input)).not.toThrow()
      expect(() => contract.result.parse(example.result)).not.toThrow()
    }
  })

  it('gives every refusal a sentence, and does not redefine a common one', () => {
    for (const [code, refusal] of Object.entries(contract.refusals)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(Object.keys(commonRefusals)).not.toContain(code)
      expect(refusal.message).toMatch(/[.]$/u)
    }
  })

  it('can be described as JSON Schema', () => {
    expect(() => z.toJSONSchema(contract.input, { io: 'input' })).not.toThrow()
    expect(() => z.toJSONSchema(contract.result, { io: 'output' })).not.toThrow()
  })

  it('starts a session only with a session grant in its result', () => {
    if (contract.kind !== 'command' || contract.session !== 'start') return
    expect(contract.result).toBeInstanceOf(z.ZodObject)
    expect(Object.keys((contract.result as z.ZodObject).shape)).toEqual(
      expect.arrayContaining(['sessionToken', 'sessionExpiresAt']),
    )
  })
})

describe.each(allEvents.map((event) => [`${event.service}.${event.type}`, event] as const))('%s', (_name, event) => {
  it('is in the past tense and has an example that its schema takes', () => {
    expect(event.type).toMatch(/^[A-Z][A-Za-z]+$/)
    expect(() => event.data.parse(event.example)).not.toThrow()
  })
})
