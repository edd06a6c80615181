export { connectFleet, type RunningDemo, startDemo } from './demo.ts'
export { type HubSettings, loadSettings, type RunningHub, type StartOptions, startHub } from './start-hub.ts'
export { StartRefusedError } from './start-refused-error.ts'
