import { describe, expect, it } from 'vitest'
import { imageParts, shortImage } from './image-diff.ts'

describe('an image reference', () => {
  it('is split where it differs from the other', () => {
    expect(imageParts('registry/shop/cart:1.5.0', 'registry/shop/cart:1.4.2')).toEqual({
      same: 'registry/shop/cart:',
      differs: '1.5.0',
    })
    expect(imageParts('old/shop/cart:1', 'new/shop/cart:1')).toEqual({ same: '', differs: 'old/shop/cart:1' })
  })
  it('is short without registry, and with a cut digest', () => {
    expect(shortImage('registry:5000/shop/cart:1.5.0')).toBe('cart:1.5.0')
    expect(shortImage('registry/cart@sha256:0123456789abcdef')).toBe('cart@01234567…')
  })
})
