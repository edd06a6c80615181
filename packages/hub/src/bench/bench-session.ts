import { type ApiClient, createApiClient } from '@rancher-hub/api-client'
import { redeemLink } from '@rancher-hub/contracts'

/** Somebody signed in: a client that keeps the session cookie, as a browser does. */
export interface BenchSession {
  readonly client: ApiClient
  readonly cookie: () => string
}

/** Signs the first administrator in, by the link of the first start. */
export const signIn = async (url: string, link: string | undefined): Promise<BenchSession> => {
  let cookie = ''
  const client = createApiClient({
    baseUrl: url,
    fetch: async (input, init) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), cookie }
      const response = await fetch(input, { ...init, headers })
      for (const each of response.headers.getSetCookie()) cookie = each.split(';', 1)[0] ?? ''
      return response
    },
  })
  const token = link?.split('#')[1] ?? ''
  await client.call(redeemLink, { token, name: 'Ada', username: 'ada', password: 'correct horse battery' })
  return { client, cookie: () => cookie }
}
