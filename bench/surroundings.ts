import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { readFileSync } from 'node:fs';
import { runCommand } from '../tools/processes/run-command';
import { packageRoot } from '../tools/package-root';
import { manifest } from '../tools/servers/manifest';

/** Where and when something was measured: without it a figure means nothing. */
export interface Surroundings {
  machine: string;
  software: string;
  commit: string;
  /** Load average of the last minute before anything was started. */
  loadBefore: number;
  startedAt: Date;
}

export async function surroundings(): Promise<Surroundings> {
  return {
    machine: `${cpuModel()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB RAM, ${system()}`,
    software: [`Node ${process.versions.node}`, ...['temporal', 'kube-apiserver', 'etcd', 'kwok'].map(pinned)].join(
      ', ',
    ),
    commit: await commit(),
    loadBefore: loadavg()[0]!,
    startedAt: new Date(),
  };
}

export function renderSurroundings(of: Surroundings): string {
  return [
    `- Machine: ${of.machine}.`,
    `- Software: ${of.software}; all on this one machine.`,
    `- Measured ${of.startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC at commit ${of.commit}; load average of the minute before: ${of.loadBefore.toFixed(2)}.`,
  ].join('\n');
}

function cpuModel(): string {
  return cpus()[0]?.model.trim() ?? 'unknown CPU';
}

function system(): string {
  try {
    const name = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    if (name !== undefined) return `${name}, Linux ${release()}`;
  } catch {
    // No such file outside of Linux.
  }
  return `${type()} ${release()}`;
}

/** `ensureServers` takes no other version than the pinned one. */
function pinned(name: string): string {
  const version = manifest.find((spec) => spec.name === name)?.version ?? 'unknown';
  return `${name === 'temporal' ? 'Temporal CLI' : name} ${version}`;
}

async function commit(): Promise<string> {
  const git = async (...args: string[]) => {
    const { code, stdout } = await runCommand('git', args, { cwd: packageRoot() });
    return code === 0 ? stdout.trim() : '';
  };
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return `${(await git('rev-parse', '--short', 'HEAD')) || 'unknown'}${changed === '' ? '' : ' (with uncommitted changes)'}`;
  } catch {
    return 'unknown';
  }
}
