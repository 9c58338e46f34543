import { Problem } from './errors.ts'

/** The body with the `client_id` that the `Idempotency-Key` header may carry instead. Throws `validation_failed` when they differ. */
export function withKey<Body extends { client_id?: string }> (body: Body, key: string | undefined): Body {
  if (key === undefined || key === body.client_id) return body
  const message = 'must equal the Idempotency-Key header'
  if (body.client_id !== undefined) throw new Problem('validation_failed', `body/client_id ${message}`, { errors: [{ path: '/client_id', message }] })
  return { ...body, client_id: key }
}
