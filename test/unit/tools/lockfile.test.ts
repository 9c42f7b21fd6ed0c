import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../tools/package-root';

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  optional?: boolean;
  os?: string[];
  hasInstallScript?: boolean;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(packageRoot(), file), 'utf8'));
const { lockfileVersion, packages } = read('package-lock.json') as {
  lockfileVersion: number;
  packages: Record<string, Locked>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string): string => path.replace(/^.*node_modules\//, '');

test('every package comes from the registry: exact versions, no git, no folder, no address of its own but https', () => {
  expect(lockfileVersion).toBe(3);
  expect(locked.length).toBeGreaterThan(100);
  const odd = locked.filter(
    ([, { version, resolved, link }]) =>
      !/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version ?? '') ||
      link === true ||
      (resolved !== undefined && !resolved.startsWith('https://')),
  );
  expect(odd).toEqual([]);
});

test('every package has a sha512, but for optional binaries of other platforms', () => {
  // npm leaves the hash out for a binary that the platform of whoever wrote the lockfile has no use for.
  const without = locked.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''));
  const unexpected = without.filter(
    ([, { integrity, optional, os }]) => integrity !== undefined || optional !== true || os === undefined,
  );
  expect(unexpected).toEqual([]);
});

test('no more packages than known want to run a script when they are installed', () => {
  // None is needed; docs/threat-model.md says what each would do. A new one is to be looked at before it is added here.
  const names = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  expect([...new Set(names)].sort()).toEqual(['@parcel/watcher', '@swc/core', 'protobufjs']);
});

test('the manifest names no version by an address', () => {
  const { dependencies, devDependencies } = read('package.json') as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  expect(versions.filter(([, version]) => !/^\^?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
