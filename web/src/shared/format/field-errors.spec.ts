import { describe, expect, it } from 'vitest'
import { fieldErrors } from './field-errors.ts'

const label = { path: 'label', message: 'A value is missing (character 4)' }

describe('errors of fields', () => {
  it('are told where the sentence does not say them', () => {
    expect(fieldErrors('label: A value is missing (character 4)', [label])).toEqual([])
    expect(fieldErrors('The request is not valid.', [label])).toEqual([label])
    expect(fieldErrors('The request is not valid.')).toEqual([])
  })

  it('are told of the second field where the sentence names the first', () => {
    const [name, url] = [
      { path: 'name', message: 'Invalid input' },
      { path: 'url', message: 'Invalid input' },
    ]
    expect(fieldErrors('name: Invalid input', [name, url])).toEqual([url])
  })
})
