import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../platform/clock.ts'
import type { Command } from '../platform/command.ts'
import type { RateLimits } from '../platform/rate-limit.ts'
import type { Validate } from '../platform/validation.ts'
import type { Hub } from './hub.ts'
import type { SocketAuth } from './owner.ts'
import type { SocketSettings } from './settings.ts'
import type { ChatReader } from './subscribe.ts'

export interface CompiledCommand extends Command { validate: Validate }

/** What all sockets of a process share. */
export interface Shared {
  hub: Hub
  clock: Clock
  commands: Map<string, CompiledCommand>
  limits: RateLimits
  auth: SocketAuth
  reader: ChatReader
  settings: SocketSettings
  log: FastifyBaseLogger
}
