import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How the code measures up to STYLE.md: sizes by workspace, and what is longer than it should be. */
interface Source {
  readonly file: string
  readonly workspace: string
  readonly isTest: boolean
  readonly lines: readonly string[]
}

const FILE_LIMIT = 250
const FUNCTION_LIMIT = 60
const root = join(import.meta.dirname, '..')

const readSource = (file: string): Source => ({
  file,
  workspace: file
    .split('/')
    .slice(0, /^(packages|services)\//.test(file) ? 2 : 1)
    .join('/'),
  isTest: /\.(spec|fixtures|contract)\.ts$|\/(tests|contract|bench)\//.test(file),
  lines: readFileSync(join(root, file), 'utf8').trimEnd().split('\n'),
})

const sources = globSync('{packages,services}/*/{src,tests}/**/*.ts', { cwd: root })
  .concat(globSync('{web/src/**/*.{ts,vue},tooling/**/*.{ts,mjs}}', { cwd: root }))
  .sort()
  .map(readSource)

/** Functions declared at the start of a line end at the first line that closes at the start of one: the formatter sees to it. */
const longFunctions = ({ file, lines }: Source): string[] =>
  lines.flatMap((line, start) => {
    if (!/^(export )?(const \w+ = .*(=>|\()|(async )?function )/.test(line) || !/[({[]$|=>$/.test(line)) return []
    const end = lines.findIndex(
      (each, index) => index > start && /^\S/.test(each) && !/^[)\]}].*[({[]$|^\): /.test(each),
    )
    const length = end - start + 1
    return length > FUNCTION_LIMIT ? [`${file}:${start + 1} (${length})`] : []
  })

const sum = (each: readonly Source[]): number => each.reduce((total, { lines }) => total + lines.length, 0)

for (const [workspace, files = []] of Map.groupBy(sources, (source) => source.workspace)) {
  const code = files.filter(({ isTest }) => !isTest)
  const tests = files.filter(({ isTest }) => isTest)
  console.log(
    `${workspace.padEnd(24)} ${String(sum(code)).padStart(6)} lines in ${String(code.length).padStart(3)} files, ${String(sum(tests)).padStart(6)} of tests`,
  )
}
const tooLong = (title: string, found: readonly string[]): void =>
  console.log(`\n${title}: ${found.length}${found.map((each) => `\n  ${each}`).join('')}`)
const longFiles = sources.filter(({ lines }) => lines.length > FILE_LIMIT)
tooLong(
  `Files of more than ${FILE_LIMIT} lines`,
  longFiles.map(({ file, lines }) => `${file} (${lines.length})`),
)
tooLong(
  `Functions of more than ${FUNCTION_LIMIT} lines`,
  sources.filter(({ isTest }) => !isTest).flatMap(longFunctions),
)
