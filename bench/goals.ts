import type { Ratio, Result } from './types.ts'

export interface Goal {
  /** The name of the ratio that a part measures. */
  ratio: string
  /** What it is, for the table. */
  what: string
  /** What it must reach to be ahead of every peer, and what is near the limit of what can be done. */
  ahead: number
  near: number
  /** Whether more is better, or less. */
  better: 'more' | 'less'
}

/** What the whole product has to reach, with everything on that a production server has on. */
export const goals: Goal[] = [
  { ratio: 'page ÷ fastapi', what: 'pages of 50 messages a second ÷ FastAPI', ahead: 2, near: 2.7, better: 'more' },
  { ratio: 'page p99 ÷ fastapi', what: 'p99 of a page at a fixed rate ÷ FastAPI', ahead: 1, near: 0.7, better: 'less' },
  { ratio: 'send ÷ fastapi', what: 'sends a second, acknowledged by a majority ÷ FastAPI', ahead: 4, near: 8, better: 'more' },
  { ratio: 'send ÷ parley without insert', what: 'sends a second ÷ Parley with the insert left out', ahead: 0.3, near: 0.45, better: 'more' },
  { ratio: 'fanout 1x100 ÷ fastapi', what: 'stored fan-out, 1 chat of 100 ÷ FastAPI', ahead: 4, near: 7, better: 'more' },
  { ratio: 'fanout 10x10 ÷ fastapi', what: 'stored fan-out, 10 chats of 10 ÷ FastAPI', ahead: 4, near: 9, better: 'more' },
  { ratio: 'fanout 1x100 ÷ socketio', what: 'stored fan-out, 1 chat of 100 ÷ Socket.IO with Mongoose', ahead: 3, near: 6, better: 'more' },
  { ratio: 'delivery ÷ bare ws', what: 'delivery, one in flight ÷ bare `ws` with a prepared frame', ahead: 0.8, near: 0.95, better: 'more' },
  { ratio: 'p99 of delivery ÷ fastapi', what: 'p99 of a delivery at 20,000 a second ÷ FastAPI', ahead: 1.1, near: 0.9, better: 'less' },
  { ratio: 'memory of an idle socket ÷ fastapi', what: 'memory of an idle socket ÷ FastAPI', ahead: 0.4, near: 0.25, better: 'less' },
  { ratio: 'page of 1,000,000 ÷ of 100', what: 'time of a page in a chat of 1,000,000 messages ÷ of 100', ahead: 1.2, near: 1.05, better: 'less' },
  { ratio: '500,000 deep ÷ newest', what: 'time of a page 500,000 messages deep ÷ the newest', ahead: 1.2, near: 1.05, better: 'less' },
  { ratio: 'branch page over 100 branches ÷ flat', what: 'time of a page 10,000 deep over 100 branches ÷ without branches', ahead: 1.5, near: 1.2, better: 'less' },
  { ratio: 'start ÷ fastapi', what: 'start to the first answer, database running ÷ FastAPI', ahead: 1.5, near: 1, better: 'less' }
]

export type Verdict = 'near the limit' | 'ahead' | 'undecided' | 'missed'

/** What a measured range says of a goal: it is missed only when the whole range is, and reached when the median is. */
export function judge ({ ahead, near, better }: Goal, { median, min, max }: Pick<Ratio, 'median' | 'min' | 'max'>): Verdict {
  const reaches = (value: number, wanted: number) => better === 'more' ? value >= wanted : value <= wanted
  if (reaches(median, near)) return 'near the limit'
  if (reaches(median, ahead)) return 'ahead'
  return reaches(better === 'more' ? max : min, ahead) ? 'undecided' : 'missed'
}

/** All ratios of a result by their names. */
export const ratiosOf = (result: Pick<Result, 'parts'>): Map<string, Ratio> =>
  new Map(Object.values(result.parts).flatMap(({ ratios }) => ratios).map(ratio => [ratio.name, ratio]))
