/** Bytes of JSON for the items of one answer; messages must stay below 1 MB, and other things are in them too. */
const ITEMS_BYTES = 500_000

/** As many items as fit into one message; at least one. */
export const fitting = <T>(items: readonly T[]): T[] => {
  let bytes = 0
  const end = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item))
    return bytes > ITEMS_BYTES
  })
  return end < 0 ? [...items] : items.slice(0, Math.max(1, end))
}
