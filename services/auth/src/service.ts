import type { Service, ServiceDeps } from '@rancher-hub/service-kit'
import { createAttemptLimiter } from './attempt-limiter.ts'
import { type AuthDeps, openAuthModels } from './auth-deps.ts'
import type { AuthConfig } from './config.ts'
import { linkFeatures } from './features/links.ts'
import { changeOwnPasswordFeature, getMeFeature, signOutFeature } from './features/own-session.ts'
import { peopleFeatures } from './features/people.ts'
import { getPermissionsFeature, resolveSessionFeature } from './features/resolve-session.ts'
import { signInFeature } from './features/sign-in.ts'
import { organization } from './organization/organization.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts'
import { accounts } from './projections/accounts.projection.ts'
import { organizations } from './projections/organizations.projection.ts'
import { people } from './projections/people.projection.ts'
import { sessions } from './projections/sessions.projection.ts'
import { publish } from './publish.ts'
import { session } from './session/session.ts'
import { setup } from './setup/setup.ts'
import { user } from './user/user.ts'

export { type AuthConfig, authConfig } from './config.ts'
export {
  administratorExists,
  createAdministratorLink,
  createFirstAdministratorLink,
  createSignInLink,
  type LinkDeps,
  type ServerLink,
} from './links/administrator-link.ts'
export { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts'

/** What auth needs besides what every service does. */
export interface AuthServiceDeps extends ServiceDeps {
  /** Address under which browsers reach the hub; asked when a link is made. */
  readonly publicUrl: () => string
  /** Default: Argon2id with the configured memory. */
  readonly passwords?: PasswordHasher | undefined
}

/** The auth service: organizations, people, sessions, roles. */
export const createAuthService = (config: AuthConfig, serviceDeps: AuthServiceDeps): Service => {
  const deps: AuthDeps = {
    config,
    store: serviceDeps.store,
    bus: serviceDeps.bus,
    models: openAuthModels(serviceDeps.models),
    passwords: serviceDeps.passwords ?? createPasswordHasher({ memoryKib: config.passwordMemoryKib }),
    attempts: createAttemptLimiter(),
    publicUrl: serviceDeps.publicUrl,
  }
  return {
    name: 'auth',
    aggregates: [organization, user, session, setup],
    handlers: [
      ...linkFeatures(deps),
      signInFeature(deps),
      signOutFeature(deps),
      getMeFeature(deps),
      changeOwnPasswordFeature(deps),
      ...peopleFeatures(deps),
      resolveSessionFeature(deps),
      getPermissionsFeature(deps),
    ],
    projections: [organizations, accounts, people, sessions],
    processManagers: [],
    publish,
  }
}
