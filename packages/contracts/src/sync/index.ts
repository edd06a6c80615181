export * from './comparison.ts'
export * from './events.ts'
export * from './schemas.ts'
export * from './syncs.ts'
