const steps = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Number.POSITIVE_INFINITY],
] as const

/** «5 minutes ago», in the person's language; narrow: «5m ago». */
export const relativeTime = (
  time: Date,
  now: Date,
  locale: string,
  style: Intl.RelativeTimeFormatStyle = 'long',
): string => {
  let value = (time.getTime() - now.getTime()) / 1000
  for (const [unit, size] of steps) {
    if (Math.abs(value) < size)
      return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style }).format(Math.round(value), unit)
    value /= size
  }
  return absoluteTime(time, locale)
}

/** How long ago something was; what the clocks of server and browser disagree about is «now», never «in 8 seconds». */
export const pastTime = (time: Date, now: Date, locale: string, style?: Intl.RelativeTimeFormatStyle): string =>
  relativeTime(time > now ? now : time, now, locale, style)

/** Date, time and zone. */
export const absoluteTime = (time: Date, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(time)

/** «2 min 5 s» */
export const duration = (milliseconds: number): string => {
  const seconds = Math.max(Math.round(milliseconds / 1000), 0)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
