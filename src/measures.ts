import type { MetricsOptions } from './platform/metrics.ts'
import { messageSent } from './messages/events.ts'
import type { Services } from './services.ts'

/** What operators see of the services at `/metrics`, beside requests and the process. */
export const measuresOf = ({ hub, log, bus }: Pick<Services, 'hub' | 'log' | 'bus'>): Pick<MetricsOptions, 'gauges' | 'counters'> => ({
  gauges: {
    parley_sockets: { help: 'Open sockets.', value: () => hub.count().connections },
    parley_writes_waiting: { help: 'Sends and changes that wait to be written.', value: log.waiting }
  },
  counters: { parley_messages_total: { help: 'Messages that people sent.', count: one => bus.on(messageSent, one) } }
})
