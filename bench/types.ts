/** One server under test. */
export interface Subject {
  /** 'parley', 'fastapi', 'socketio', 'bare', or a variant of one of them. */
  name: string
  /** `http://127.0.0.1:port` */
  url: string
  /** For its processor time and memory. */
  pid: number
  /** How to speak with it. */
  api: Api
  stop: () => Promise<void>
}

/** Somebody who is registered at one subject. */
export interface Person { id: string, token: string }

/** The small contract that all subjects speak, each in its own words. */
export interface Api {
  register: (name: string) => Promise<Person>
  /** Ends what a token is good for, at once. */
  logout: (person: Person) => Promise<void>
  /** Where and with what somebody of that name logs in. */
  login: (name: string) => { url: string, body: string }
  createChat: (owner: Person, others: Person[]) => Promise<string>
  /** The address of the newest page of 50. */
  page: (chatId: string) => string
  /** The address to POST a message to. */
  send: (chatId: string) => string
  /** The address of a socket of one chat. */
  socket: (chatId: string, token: string) => string
  /** Writes messages straight into the database, in the subject's own shape, after those that are there. */
  fill: (chatId: string, owner: Person, count: number) => Promise<void>
  /** How many messages of a chat are stored. */
  count: (chatId: string) => Promise<number>
}

/** Everything a part can have; servers are started, people registered at first use, and kept. */
export interface Stage {
  mongo: { uri: string, pid: number }
  /** A folder for what is thrown away in the end. */
  folder: string
  say: (line: string) => void
  /** A running server, started at its first use; `variant` starts another one beside it, with settings of its own. */
  subject: (name: string, variant?: Variant) => Promise<Subject>
  /** The first so many people of a subject. */
  people: (subject: Subject, count: number) => Promise<Person[]>
  /** A new chat of these people, with so many messages in it. */
  chat: (subject: Subject, people: Person[], messages?: number) => Promise<string>
  /** Something to stop or remove in the end, the last first. */
  later: (stop: () => Promise<void> | void) => void
}

export interface Variant {
  name: string
  env?: Record<string, string>
  /** Arguments of node before the program. */
  node?: string[]
  /** Another program than the built server. */
  program?: string
  /** Another MongoDB. */
  mongo?: string
}

export interface PartOptions { rounds: number, seconds: number, say: (line: string) => void }

export interface Part {
  name: string
  /** Names in the rotation. */
  subjects: string[]
  /** Runs only when it is asked for by its name: it takes minutes, or judges the bench itself. */
  isApart?: true
  run: (stage: Stage, options: PartOptions) => Promise<PartResult>
}

export interface Row {
  /** What was measured, for example 'page of 50, 8 in flight'. */
  name: string
  unit: string
  /** The values by round. */
  perSubject: Record<string, number[]>
}

/** A ratio paired within each round. */
export interface Ratio {
  /** The key under which bench/goals.ts has its goal. */
  name: string
  of: string
  to: string
  rounds: number[]
  median: number
  min: number
  max: number
}

/** Cost against the size of something. */
export interface Curve { name: string, x: string, y: string, points: { x: number, median: number, min: number, max: number }[] }

/** How long single requests or deliveries took, in milliseconds, by subject: value at each percentile. */
export interface Distribution { name: string, unit: string, perSubject: Record<string, { percentile: number, value: number }[]> }

export interface PartResult {
  rows: Row[]
  ratios: Ratio[]
  curves?: Curve[]
  distributions?: Distribution[]
  /** What else a reader should know, a line each. */
  notes?: string[]
}

export interface Machine { cpu: string, cores: number, memory_gb: number, os: string, node: string, mongodb: string, load_before: number }

/** What bench/results/<date>.json holds. */
export interface Result { date: string, machine: Machine, rounds: number, seconds: number, parts: Record<string, PartResult> }
