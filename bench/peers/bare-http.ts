import { pathOf } from '../run.ts'
import type { Stage, Subject } from '../types.ts'
import { startPlain } from './plain.ts'

/** Fastify without a database, which answers `page` whoever asks. */
export const startBareHttp = async (stage: Stage, page: string): Promise<Subject> =>
  await startPlain(stage, 'bare', { program: process.execPath, args: () => ['--import', 'tsx', pathOf('bench/peers/bare/http.ts')], cwd: pathOf('.'), env: { PAGE: page, NODE_ENV: 'production' } })
