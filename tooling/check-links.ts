import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const exclude = ['**/node_modules/**']

/** Heading → anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

const anchorsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** Links of the documents that lead nowhere; addresses elsewhere are not looked at. */
const broken = globSync(['*.md', '{docs,deploy,packages,services,web}/**/*.md'], { cwd: root, exclude }).flatMap(
  (file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
      ([link, path = '', anchor]) => {
        const target = path === '' ? join(root, file) : join(root, dirname(file), path)
        const found = existsSync(target) && (anchor === undefined || anchorsIn(target).includes(anchor))
        return found ? [] : [`${file}: ${link}`]
      },
    ),
)
for (const each of broken) process.stderr.write(`A link leads nowhere: ${each}\n`)
process.exitCode = broken.length === 0 ? 0 : 1
