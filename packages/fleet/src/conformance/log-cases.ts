import { expect, it } from 'vitest'
import { at, type Suite, withLabel } from './suite.ts'

/** How logs of containers are read. */
export const logCases = ({ api, hasLogs, namespace, deployments, make, podsOf }: Suite): void => {
  it('refuses a log whose container is not named or not there, in its own words', async () => {
    await make(deployments, withLabel('logged'))
    await expect.poll(async () => (await podsOf('logged')).length, { timeout: 60_000, interval: 100 }).toBe(2)
    const name = String(at((await podsOf('logged'))[0], 'metadata', 'name'))
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`
    const refused = async (query: string): Promise<unknown> => {
      const { body } = await api.call('GET', `${path}?${query}`)
      return [body['code'], body['message']]
    }
    expect(await refused('')).toEqual([
      400,
      `a container name must be specified for pod ${name}, choose one of: [web side]`,
    ])
    expect(await refused('container=absent')).toEqual([400, `container absent is not valid for pod ${name}`])
    expect((await api.call('GET', `${path}?container=web&tailLines=-1`)).status).toBe(422)
    expect((await api.call('GET', `${path}?container=web&sinceSeconds=0`)).status).toBe(422)
    expect((await api.call('GET', `/api/v1/namespaces/${namespace}/pods/absent/log`)).body).toMatchObject({
      code: 404,
      message: 'pods "absent" not found',
    })
  })

  it('sends the log of a container, its end, and what comes after; without a kubelet it says that it cannot', async () => {
    await make(deployments, withLabel('chatty'))
    const isRunning = async (): Promise<boolean> =>
      at((await podsOf('chatty'))[0], 'status', 'containerStatuses', 0, 'state', 'running') !== undefined
    await expect.poll(isRunning, { timeout: 60_000, interval: 100 }).toBe(true)
    const name = String(at((await podsOf('chatty'))[0], 'metadata', 'name'))
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=web`
    if (!hasLogs()) {
      const { body } = await api.call('GET', path)
      expect(body).toMatchObject({ kind: 'Status', status: 'Failure', message: expect.any(String) as unknown })
      expect(body['code']).toBeGreaterThanOrEqual(500)
      return
    }
    const all = (await api.text(path)).text.split('\n').filter((line) => line !== '')
    expect(all.length).toBeGreaterThan(10)
    const tail = (await api.text(`${path}&tailLines=3`)).text.split('\n').filter((line) => line !== '')
    expect(tail).toHaveLength(3)
    const stamped = (await api.text(`${path}&tailLines=1&timestamps=true`)).text
    expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z .+\n$/)
    expect((await api.text(`${path}&limitBytes=10&tailLines=1`)).text.length).toBeLessThanOrEqual(10)
    expect((await api.call('GET', `${path}&previous=true`)).body).toMatchObject({
      code: 400,
      message: `previous terminated container "web" in pod "${name}" not found`,
    })
    let followed = 0
    for await (const line of api.lines(`${path}&follow=true&tailLines=0`)) {
      expect(line).not.toBe('')
      followed += 1
      if (followed === 2) break
    }
    expect(followed).toBe(2)
  })
}
