import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The local ports (IPv4) of the TCP connections that a process holds; empty where there is no /proc (proc(5): `net/tcp`, `fd`). */
export function portsOf (pid: number): Set<number> {
  const inodes = new Set<string>()
  const ports = new Set<number>()
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
        if (inode) inodes.add(inode)
      } catch {}
    }
    for (const line of readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)) {
      const [, local, , , , , , , , inode] = line.trim().split(/\s+/)
      if (inode && inodes.has(inode)) ports.add(Number.parseInt(local!.split(':')[1]!, 16))
    }
  } catch {}
  return ports
}
