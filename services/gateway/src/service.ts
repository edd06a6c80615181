export { type GatewayConfig, gatewayConfig } from './config.ts'
export { createGateway, type GatewayDeps } from './gateway.ts'
export type { GatewayHealth } from './http/health-routes.ts'
