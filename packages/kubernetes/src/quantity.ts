const suffixes: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': 1_000_000_000n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 10n ** 9n * 2n ** 10n,
  Mi: 10n ** 9n * 2n ** 20n,
  Gi: 10n ** 9n * 2n ** 30n,
  Ti: 10n ** 9n * 2n ** 40n,
  Pi: 10n ** 9n * 2n ** 50n,
  Ei: 10n ** 9n * 2n ** 60n,
}
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/

/**
 * A quantity in nano-units as a decimal number, so that `1000m` equals `1` and `1024Mi` equals `1Gi`; the text itself
 * when it is none. (apimachinery, `pkg/api/resource/quantity.go`.)
 */
export const canonicalQuantity = (text: string): string => {
  const found = pattern.exec(text.trim())
  if (found === null || (found[2] === '' && (found[3] ?? '') === '')) return text
  const [, sign = '', whole = '', fraction = '', exponent, suffix = ''] = found
  const digits = BigInt(whole + fraction)
  const power = Number(exponent ?? 0) - fraction.length
  if (Math.abs(power) > 60) return text
  const unit = suffixes[suffix] ?? 1n
  const scaled = power >= 0 ? digits * unit * 10n ** BigInt(power) : (digits * unit) / 10n ** BigInt(-power)
  return `${sign === '-' ? '-' : ''}${scaled}n`
}
