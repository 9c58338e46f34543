import { existsSync, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'

/** Where files of `bytes` go: into memory if they fit there, because nothing waits for a disk, and else where temporary files go. */
export function roomFor (bytes: number): string {
  if (!existsSync('/dev/shm')) return tmpdir()
  const { bavail, bsize } = statfsSync('/dev/shm')
  return Math.min(bavail * bsize, freemem()) > bytes ? '/dev/shm' : tmpdir()
}
