const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** «812 byte», «1.2 kB», by locale. */
export const bytesText = (bytes: number, locale: string): string => {
  let value = bytes
  let index = 0
  while (value >= 1000 && index < units.length - 1) {
    value /= 1000
    index += 1
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[index] ?? 'byte',
    unitDisplay: index === 0 ? 'narrow' : 'short',
    maximumFractionDigits: value < 10 && index > 0 ? 1 : 0,
  }).format(value)
}
