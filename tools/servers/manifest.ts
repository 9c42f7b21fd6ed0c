import type { ServerSpec } from './server-spec';

const KUBERNETES = '1.34.4';
const KWOK = '0.7.0';
const ALERTMANAGER = '0.28.1';
// As Go module; people know it as 3.16.
const PROMETHEUS = '0.316.0';

/**
 * The servers of the development stack. Versions are pinned together: kwok 0.7.0 creates clusters of this Kubernetes,
 * and this is the newest Temporal CLI whose modules can all be had from the Go module proxy.
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
    },
  },
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  kubernetes('kube-scheduler'),
  kubernetes('kubectl'),
  {
    name: 'etcd',
    version: '3.6.16',
    versionArgs: ['--version'],
    versionPattern: '^etcd Version: (\\S+)',
    build: { package: 'go.etcd.io/etcd/server/v3', module: 'etcd' },
    release: {
      url: 'https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-{os}-{arch}.tar.gz',
      member: 'etcd-v{version}-{os}-{arch}/etcd',
    },
  },
  kwok('kwok'),
  kwok('kwokctl'),
  prometheusServer('alertmanager', 'github.com/prometheus/alertmanager', ALERTMANAGER),
  prometheusServer('amtool', 'github.com/prometheus/alertmanager', ALERTMANAGER),
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
    },
  },
];

/** Without a version in the linker flags these binaries call themselves v0.0.0-master, which their clients cannot parse. */
function kubernetes(name: string): ServerSpec {
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
    release: { url: `https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/${name}` },
  };
}

function kwok(name: string): ServerSpec {
  return {
    name,
    version: KWOK,
    versionArgs: ['--version'],
    versionPattern: `^${name} version v(\\S+)`,
    build: { package: `sigs.k8s.io/kwok/cmd/${name}` },
    release: { url: `https://github.com/kubernetes-sigs/kwok/releases/download/v{version}/${name}-{os}-{arch}` },
  };
}

/** They all take their version from one shared package; its value is empty when they are built as Go modules. */
function prometheusServer(name: string, module: string, version: string): ServerSpec {
  // Releases of Prometheus 3.x are the modules 0.3xx.
  const released = version.replace(/^0\.(3)(\d\d)\./, '$1.$2.');
  const project = module.slice(module.lastIndexOf('/') + 1);
  const folder = `${project}-${released}.{os}-{arch}`;
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
      url: `https://github.com/prometheus/${project}/releases/download/v${released}/${folder}.tar.gz`,
      member: `${folder}/${name}`,
    },
  };
}
