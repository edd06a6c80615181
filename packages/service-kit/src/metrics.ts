import { type Meter, metrics } from '@opentelemetry/api'

export type { Meter }

/** Makes instruments; what they measure goes nowhere unless telemetry was started before. */
export const openMeter = (): Meter => metrics.getMeter('rancher-hub')
