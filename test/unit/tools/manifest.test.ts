import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goArguments } from '../../../tools/servers/build-from-module';
import { manifest } from '../../../tools/servers/manifest';
import { moduleFolder } from '../../../tools/servers/server-cache';
import { fill, releaseUrl, type ServerSpec } from '../../../tools/servers/server-spec';

const named = manifest.map((spec) => [spec.name, spec] as const);
const byName = (name: string): ServerSpec => manifest.find((spec) => spec.name === name)!;

it('names each server once', () => {
  expect(new Set(manifest.map(({ name }) => name)).size).toBe(manifest.length);
});

it.each(named)('%s has a release address without open placeholders and a usable version pattern', (_name, spec) => {
  expect(releaseUrl(spec, { os: 'linux', arch: 'arm64' })).toMatch(/^https:\/\/[^{}]+$/);
  expect(() => new RegExp(spec.versionPattern, 'm')).not.toThrow();
});

it.each(named)(
  '%s is never downloaded without a checksum: pinned, or asked of the publisher over HTTPS',
  (_name, spec) => {
    for (const [platform, checksum] of Object.entries(spec.release.sha256 ?? {})) {
      expect(platform).toMatch(/^(linux|darwin)-(amd64|arm64)$/);
      expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    }
    const { published } = spec.release;
    expect(fill(published?.url ?? '', spec, { os: 'linux', arch: 'arm64' })).toMatch(/^https:\/\/[^{}]+$/);
  },
);

it('takes the releases of Prometheus, which are numbered differently from its Go module', () => {
  expect(byName('prometheus').version).toBe('0.316.0');
  expect(byName('prometheus').release.version).toBe('3.16.0');
});

it.each(named.filter(([, spec]) => spec.build.module !== undefined))(
  '%s is built from module files that pin the same version and every checksum',
  (_name, spec) => {
    const folder = moduleFolder(spec.build.module!);
    expect(readFileSync(join(folder, 'go.mod'), 'utf8')).toMatch(
      new RegExp(` v${spec.version.replaceAll('.', '\\.')}$`, 'm'),
    );
    expect(existsSync(join(folder, 'go.sum'))).toBe(true);
  },
);

it('builds Kubernetes with its version in the binary, from read-only module files', () => {
  const args = goArguments(byName('kubectl'), '/work');
  expect(args.slice(0, 3)).toEqual(['build', '-mod=readonly', '-ldflags']);
  expect(args[3]).toContain('-X k8s.io/component-base/version.gitVersion=v1.34.4');
  expect(args.slice(4)).toEqual(['-o', '/work/kubectl', 'k8s.io/kubernetes/cmd/kubectl']);
});

it('reads versions as these programs print them', () => {
  const read = (name: string, output: string): string | undefined =>
    new RegExp(byName(name).versionPattern, 'm').exec(output)?.[1];
  expect(read('temporal', 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)')).toBe('1.5.1');
  expect(read('kube-apiserver', 'Kubernetes v1.34.4')).toBe('1.34.4');
  expect(read('kubectl', 'Client Version: v1.34.4\nKustomize Version: v5.7.1')).toBe('1.34.4');
  expect(read('etcd', 'etcd Version: 3.6.16\nGit SHA: Not provided')).toBe('3.6.16');
  expect(read('mailpit', '/cache/mailpit v1.27.11 compiled with go1.26.8 on linux/amd64')).toBe('1.27.11');
  expect(read('kwok', 'kwok version v0.7.0 go1.26.8 (linux/amd64)')).toBe('0.7.0');
});
