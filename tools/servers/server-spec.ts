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
  /** What the released executable calls itself, when its releases are numbered differently from its Go module. */
  version?: string;
  /** SHA-256 of the download by `<os>-<arch>`: pinned, so whoever changes the release later is found out. */
  sha256?: Readonly<Record<string, string>>;
  /** Who says what the download must be where no checksum is pinned. Without either, nothing is downloaded. */
  published?: PublishedChecksums;
}

/**
 * Where the publisher says what the checksums of a release are; asked over HTTPS only. It is worth less than a pinned one:
 * whoever can replace the release can replace this, too.
 *
 * - `file`: lines as `sha256sum` writes them, or one bare SHA-256 for the one file beside which it lies.
 * - `github`: the release as GitHub's API tells it, with the digest that GitHub took of each file at its upload (releases
 *   before June 2025 have none).
 */
export interface PublishedChecksums {
  form: 'file' | 'github';
  url: string;
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

/** The versions by which an executable may call itself: that of its module and that of its release. */
export function acceptedVersions(spec: ServerSpec): string[] {
  return spec.release.version === undefined ? [spec.version] : [spec.version, spec.release.version];
}

export function fill(template: string, spec: ServerSpec, platform: Platform): string {
  return template
    .replaceAll('{version}', spec.version)
    .replaceAll('{os}', platform.os)
    .replaceAll('{arch}', platform.arch);
}
