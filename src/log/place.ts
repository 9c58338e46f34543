import type { Types } from 'mongoose'

/** The newest message of a branch's path: its index and id (-1 and null on an empty path), and how many turns there are by then. */
export interface Place { index: number, turns: number, id: Types.ObjectId | null }
