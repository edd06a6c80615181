const units = ['B', 'kB', 'MB', 'GB'] as const

/** «812 B», «1.2 kB»: numbers by locale, units of the SI. */
export const bytesText = (bytes: number, locale: string): string => {
  let value = bytes
  let index = 0
  while (value >= 1000 && index < units.length - 1) {
    value /= 1000
    index += 1
  }
  const maximumFractionDigits = value < 10 && index > 0 ? 1 : 0
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits }).format(value)}\u00a0${units[index]}`
}
