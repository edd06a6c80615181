/** `list-drifts` → `listDrifts`. */
export const contractName = (feature: string): string =>
  feature.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** `list-drifts` → `listDriftsFeature`. */
export const handlerName = (feature: string): string => `${contractName(feature)}Feature`
