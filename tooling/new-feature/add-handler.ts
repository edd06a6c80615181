import { handlerName } from './names.ts'

/** Puts a feature into a service: its import, and one entry at the end of `handlers`. @throws when the file has no such list */
export const addHandler = (source: string, feature: string): string => {
  const lines = source.split('\n')
  const lastImport = lines.findLastIndex((line) => line.startsWith('import ') || line.startsWith("} from '"))
  const handlers = lines.findIndex((line) => line.trim() === 'handlers: [')
  const indent = lines[handlers]?.match(/^ */)?.[0] ?? ''
  const end = lines.indexOf(`${indent}],`, handlers)
  if (lastImport < 0 || handlers < 0 || end < 0) throw new Error('service.ts has no list `handlers: [ … ],`')
  return [
    ...lines.slice(0, lastImport + 1),
    `import { ${handlerName(feature)} } from './features/${feature}/${feature}.ts'`,
    ...lines.slice(lastImport + 1, end),
    `${indent}  ${handlerName(feature)},`,
    ...lines.slice(end),
  ].join('\n')
}
