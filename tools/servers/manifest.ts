import type { PublishedChecksums, Release, ServerSpec } from './server-spec';

const KUBERNETES = '1.34.4';
const KWOK = '0.7.0';
const ALERTMANAGER = '0.28.1';
// One archive for alertmanager and amtool. OpenStack's Kolla, and a Chef cookbook of Boxcutter's.
const ALERTMANAGER_SHA256 = {
  'linux-amd64': '5ac7ab5e4b8ee5ce4d8fb0988f9cb275efcc3f181b4b408179fafee121693311',
  'linux-arm64': 'd8832540e5b9f613d2fd759e31d603173b9c61cc7bb5e3bc7ae2f12038b1ce4f',
};
// As Go module; people know it as 3.16.
const PROMETHEUS = '0.316.0';

/**
 * The servers of the development stack. Versions are pinned together: kwok 0.7.0 creates clusters of this Kubernetes,
 * and this is the newest Temporal CLI whose modules can all be had from the Go module proxy.
 *
 * A checksum is pinned when two sources that know nothing of each other name the same one, as said at each. The others are
 * compared with what the publisher says at the time of the download.
 */
export const manifest: readonly ServerSpec[] = [
  {
    name: 'temporal',
    version: '1.5.1',
    versionArgs: ['--version'],
    versionPattern: '^temporal version (\\S+)',
    build: {
      package: 'github.com/temporalio/cli/cmd/temporal',
      variables: { 'github.com/temporalio/cli/temporalcli.Version': '1.5.1' },
    },
    release: {
      url: 'https://github.com/temporalio/cli/releases/download/v{version}/temporal_cli_{version}_{os}_{arch}.tar.gz',
      member: 'temporal',
      // Hermit's package lists of cashapp and of zph; linux-arm64: cashapp's, and smoke tests that download it by this one.
      sha256: {
        'linux-amd64': 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
        'linux-arm64': 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
        'darwin-amd64': 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
        'darwin-arm64': 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
      },
      published: checksumFile('https://github.com/temporalio/cli/releases/download/v{version}/checksums.txt'),
    },
  },
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  kubernetes('kube-scheduler'),
  // Kubespray's checksums.yml, and a set of Bazel rules for Kubernetes tools.
  kubernetes('kubectl', {
    'linux-amd64': 'd50c359d95e0841eaad08ddc27c7be37cba8fdccfba5c8e2ded65e121ff112db',
    'linux-arm64': '5b982c0644ab1e27780246b9085a5886651b4a7ed86243acbb2bacc1bea01dda',
  }),
  {
    name: 'etcd',
    version: '3.6.16',
    versionArgs: ['--version'],
    versionPattern: '^etcd Version: (\\S+)',
    build: { package: 'go.etcd.io/etcd/server/v3', module: 'etcd' },
    release: {
      url: 'https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-{os}-{arch}.tar.gz',
      member: 'etcd-v{version}-{os}-{arch}/etcd',
      published: checksumFile('https://github.com/etcd-io/etcd/releases/download/v{version}/SHA256SUMS'),
    },
  },
  kwok('kwok'),
  kwok('kwokctl'),
  prometheusServer('alertmanager', 'github.com/prometheus/alertmanager', ALERTMANAGER, ALERTMANAGER_SHA256),
  prometheusServer('amtool', 'github.com/prometheus/alertmanager', ALERTMANAGER, ALERTMANAGER_SHA256),
  prometheusServer('prometheus', 'github.com/prometheus/prometheus', PROMETHEUS),
  // Not a server: it checks and tests our own rules.
  prometheusServer('promtool', 'github.com/prometheus/prometheus', PROMETHEUS),
  {
    // An SMTP server whose mail can be read back over HTTP.
    name: 'mailpit',
    version: '1.27.11',
    versionArgs: ['version', '--no-release-check'],
    versionPattern: '^\\S*mailpit v?(\\d\\S*)',
    build: {
      package: 'github.com/axllent/mailpit',
      variables: { 'github.com/axllent/mailpit/config.Version': 'v1.27.11' },
    },
    release: {
      url: 'https://github.com/axllent/mailpit/releases/download/v{version}/mailpit-{os}-{arch}.tar.gz',
      member: 'mailpit',
      published: githubDigests('axllent/mailpit'),
    },
  },
];

function checksumFile(url: string): PublishedChecksums {
  return { form: 'file', url };
}

/** For projects that publish no checksum file. */
function githubDigests(repository: string): PublishedChecksums {
  return { form: 'github', url: `https://api.github.com/repos/${repository}/releases/tags/v{version}` };
}

/** Without a version in the linker flags these binaries call themselves v0.0.0-master, which their clients cannot parse. */
function kubernetes(name: string, sha256?: Release['sha256']): ServerSpec {
  const [major = '', minor = ''] = KUBERNETES.split('.');
  const variables: Record<string, string> = {};
  for (const versionPackage of ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']) {
    variables[`${versionPackage}.gitVersion`] = `v${KUBERNETES}`;
    variables[`${versionPackage}.gitMajor`] = major;
    variables[`${versionPackage}.gitMinor`] = minor;
    variables[`${versionPackage}.gitTreeState`] = 'clean';
  }
  return {
    name,
    version: KUBERNETES,
    versionArgs: name === 'kubectl' ? ['version', '--client'] : ['--version'],
    versionPattern: '^(?:Client Version:|Kubernetes) v(\\S+)',
    build: { package: `k8s.io/kubernetes/cmd/${name}`, module: 'kubernetes', variables },
    release: {
      url: `https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/${name}`,
      sha256,
      published: checksumFile(`https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/${name}.sha256`),
    },
  };
}

function kwok(name: string): ServerSpec {
  return {
    name,
    version: KWOK,
    versionArgs: ['--version'],
    versionPattern: `^${name} version v(\\S+)`,
    build: { package: `sigs.k8s.io/kwok/cmd/${name}` },
    release: {
      url: `https://github.com/kubernetes-sigs/kwok/releases/download/v{version}/${name}-{os}-{arch}`,
      published: githubDigests('kubernetes-sigs/kwok'),
    },
  };
}

/** They all take their version from one shared package; its value is empty when they are built as Go modules. */
function prometheusServer(name: string, module: string, version: string, sha256?: Release['sha256']): ServerSpec {
  // Releases of Prometheus 3.x are the modules 0.3xx.
  const released = version.replace(/^0\.(3)(\d\d)\./, '$1.$2.');
  const project = module.slice(module.lastIndexOf('/') + 1);
  const folder = `${project}-${released}.{os}-{arch}`;
  const releases = `https://github.com/prometheus/${project}/releases/download/v${released}`;
  return {
    name,
    version,
    versionArgs: ['--version'],
    versionPattern: `^${name}, version (\\S+)`,
    build: {
      package: `${module}/cmd/${name}`,
      variables: { 'github.com/prometheus/common/version.Version': version },
    },
    release: {
      url: `${releases}/${folder}.tar.gz`,
      member: `${folder}/${name}`,
      version: released,
      sha256,
      published: checksumFile(`${releases}/sha256sums.txt`),
    },
  };
}
