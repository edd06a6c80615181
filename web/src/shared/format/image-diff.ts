/** An image reference cut where it begins to differ from another. */
export interface ImageParts {
  readonly same: string
  readonly differs: string
}

/** Splits at the tag or digest when the repositories are equal, else where the texts part, at a path border. */
export const imageParts = (image: string, other: string | undefined): ImageParts => {
  const at = image.indexOf('@')
  const colon = image.lastIndexOf(':', at < 0 ? undefined : at)
  const cut = at >= 0 ? at + 1 : colon > image.lastIndexOf('/') ? colon + 1 : image.length
  if (other === undefined || image === other) return { same: image.slice(0, cut), differs: image.slice(cut) }
  let index = 0
  while (index < image.length && image[index] === other[index]) index += 1
  while (index > 0 && !'/:@'.includes(image[index - 1] ?? '')) index -= 1
  return { same: image.slice(0, index), differs: image.slice(index) }
}

/** The last part of an image: what a narrow column shows. */
export const shortImage = (image: string): string => {
  const short = image.slice(image.lastIndexOf('/') + 1)
  return short.includes('@sha256:') ? short.replace(/@sha256:([0-9a-f]{8})[0-9a-f]*/, '@$1…') : short
}
