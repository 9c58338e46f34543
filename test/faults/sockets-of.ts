import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a look is waited for, in milliseconds: one look answers for all connections that came meanwhile. */
const gatherMs = 150

/** The local ports (IPv4) of the TCP connections that a process holds; empty where there is no /proc (proc(5): `net/tcp`, `fd`). */
async function portsOf (pid: number): Promise<Set<number>> {
  const ports = new Set<number>()
  try {
    const targets = await Promise.all((await readdir(`/proc/${pid}/fd`)).map(async fd => await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
    const inodes = new Set(targets.flatMap(target => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []))
    for (const line of (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).split('\n').slice(1)) {
      const [, local, , , , , , , , inode] = line.trim().split(/\s+/)
      if (inode && inodes.has(inode)) ports.add(Number.parseInt(local!.split(':')[1]!, 16))
    }
  } catch {}
  return ports
}

/** Tells which of some processes holds the connection that comes from a port, as of a look that began after it was asked for. */
export function createOwners (pids: () => number[]) {
  let next: Promise<Set<number>[]> | undefined
  return async function ownerOf (port: number): Promise<number | undefined> {
    next ??= delay(gatherMs).then(async () => {
      next = undefined
      return await Promise.all(pids().map(portsOf))
    })
    const index = (await next).findIndex(ports => ports.has(port))
    return index < 0 ? undefined : index
  }
}
