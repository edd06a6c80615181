/** One cell of a CSV file. */
export type Cell = string | number | boolean | undefined

/**
 * What spreadsheets take for the beginning of a formula (OWASP, «CSV Injection»): its signs in ASCII and full width, and
 * white space that some programs skip before they look.
 */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

const cellText = (cell: Cell): string => {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell)
  const harmless = formula.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** One line of a CSV file (RFC 4180) with its end. Texts that would be formulas begin with an apostrophe. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`

/** Marks a file as UTF-8 for Excel. */
export const BYTE_ORDER_MARK = '\ufeff'
