// Makes a job and shows it.

import { go } from './address'
import { send } from './api'
import type { Job } from './types'

export async function submit(path: string, body: unknown): Promise<void> {
  // a request that is sent twice makes one job; without a secure context there are no uuids
  const key = crypto.randomUUID?.() ?? String(Math.random())
  go(`/jobs/${(await send<Job>('POST', path, body, { 'idempotency-key': key })).id}`)
}
