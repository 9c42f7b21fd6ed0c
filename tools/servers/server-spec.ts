/** A third-party server (or tool) of the development stack, pinned to one version. Data only: adding one is one entry. */
export interface ServerSpec {
  /** Name of the executable. */
  name: string;
  /** Without a leading `v`. */
  version: string;
  /** How the executable is asked for its version, and where in the answer it stands (first group). */
  versionArgs: readonly string[];
  versionPattern: string;
  build: GoBuild;
  release: Release;
}

/** How the executable is built from its Go module. */
export interface GoBuild {
  /** Import path of the main package. */
  package: string;
  /**
   * Folder below `tools/servers/modules` with a committed go.mod and go.sum, built with `-mod=readonly`. Without one:
   * `go install package@v<version>`, which the Go checksum database verifies.
   */
  module?: string;
  /** Values for `-ldflags -X`. */
  variables?: Readonly<Record<string, string>>;
}

/** The official release. `{version}`, `{os}` and `{arch}` (Go's names) are filled in. */
export interface Release {
  url: string;
  /** Path of the executable inside, when the download is a `.tar.gz`. */
  member?: string;
  /** SHA-256 of the download by `<os>-<arch>`. Without an entry nothing is downloaded: the person is told where to put it. */
  sha256?: Readonly<Record<string, string>>;
}

/** Go's names for this machine. */
export interface Platform {
  os: string;
  arch: string;
}

export function currentPlatform(): Platform {
  return { os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch };
}

export function releaseUrl(spec: ServerSpec, platform: Platform): string {
  return fill(spec.release.url, spec, platform);
}

export function fill(template: string, spec: ServerSpec, platform: Platform): string {
  return template
    .replaceAll('{version}', spec.version)
    .replaceAll('{os}', platform.os)
    .replaceAll('{arch}', platform.arch);
}
