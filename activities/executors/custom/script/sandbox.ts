import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { ScriptLimits } from '../../../../config/sections/custom/scripts';
import { KubernautError } from '../../../../plan/errors';

const PRLIMIT = '/usr/bin/prlimit';
const NOBODY = '65534';
const MIB = 1024 * 1024;

/** File descriptors of the process that is started, besides the usual three. */
export const SCRIPT_FD = 3;
export const STATUS_FD = 4;

/**
 * The path of bubblewrap.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` when it, or `prlimit` of util-linux, is not installed
 */
export async function findSandbox(path = process.env['PATH'] ?? ''): Promise<string> {
  const missing = async (file: string) =>
    access(file, constants.X_OK).then(
      () => false,
      () => true,
    );
  if (await missing(PRLIMIT)) throw absent(`${PRLIMIT} is not installed`);
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, 'bwrap');
    if (!(await missing(file))) return file;
  }
  throw absent('bwrap (bubblewrap) is not installed');
}

function absent(message: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', `scripts cannot be run: ${message}`, {
    remedy: 'Install the packages bubblewrap and util-linux on the worker.',
  });
}

/**
 * What bubblewrap is told. Inside: namespaces of its own (processes, users, IPC, host name, cgroup, network unless allowed), a
 * root that holds `/usr` alone and cannot be written, a `/tmp` of limited size in memory, `nobody` without capabilities
 * and without the right to make further user namespaces, and limits that only a privileged process could raise.
 * The environment is that of bubblewrap itself, which whoever starts it must make from nothing.
 *
 * No `--new-session`: it is there for sandboxes that share a terminal, and a process that has left the group of whoever
 * started it, but not got as far as dying with its parent, would be missed by a kill of the group, and run on.
 */
export async function sandboxArguments(limits: ScriptLimits, network: boolean): Promise<string[]> {
  return [
    ...[
      '--unshare-user',
      '--disable-userns',
      '--unshare-ipc',
      '--unshare-pid',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...(network ? [] : ['--unshare-net']),
    ...['--die-with-parent', '--uid', NOBODY, '--gid', NOBODY, '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ...['--json-status-fd', String(STATUS_FD)],
    ...['--ro-bind', '/usr', '/usr'],
    ...(await rootFolders()),
    // Where Debian's tools look for their variants, and the dynamic linker for its index; nothing else of /etc.
    ...[
      '--ro-bind-try',
      '/etc/alternatives',
      '/etc/alternatives',
      '--ro-bind-try',
      '/etc/ld.so.cache',
      '/etc/ld.so.cache',
    ],
    ...(network
      ? ['resolv.conf', 'hosts', 'nsswitch.conf', 'ssl', 'ca-certificates'].flatMap((name) => [
          '--ro-bind-try',
          `/etc/${name}`,
          `/etc/${name}`,
        ])
      : []),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(limits.tmpMiB * MIB), '--tmpfs', '/tmp', '--chdir', '/tmp'],
    ...['--perms', '0555', '--ro-bind-data', String(SCRIPT_FD), '/script'],
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--'],
    PRLIMIT,
    `--cpu=${limits.cpuSeconds}`,
    `--as=${limits.memoryMiB * MIB}`,
    // The sandbox's own first process counts too.
    `--nproc=${limits.processes + 1}`,
    `--fsize=${limits.tmpMiB * MIB}`,
    ...['--nofile=256', '--core=0', '--', '/script'],
  ];
}

/** `/bin` and its like are links into /usr on most systems, folders of their own on others. */
async function rootFolders(): Promise<string[]> {
  const folders = await Promise.all(
    ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].map(async (name) => {
      const found = await lstat(`/${name}`).catch(() => undefined);
      if (found === undefined) return [];
      return found.isSymbolicLink() ? ['--symlink', `usr/${name}`, `/${name}`] : ['--ro-bind', `/${name}`, `/${name}`];
    }),
  );
  return folders.flat();
}
