export { decider, projection, stored } from '@rancher-hub/domain/testing'
