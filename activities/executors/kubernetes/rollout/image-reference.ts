const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?';
const REFERENCE = new RegExp(
  `^(?:(${HOST})/)?(${COMPONENT}(?:/${COMPONENT})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

export interface ImageReference {
  /** With the registry, which is `docker.io` where none is written: `docker.io/library/nginx`. */
  repository: string;
  tag?: string;
  digest?: string;
}

/** Takes an image apart by the rules of container runtimes (distribution/reference); `undefined`: it is none. */
export function parseImage(image: string): ImageReference | undefined {
  const match = REFERENCE.exec(image);
  if (!match || image.length > 500) return undefined;
  const [, first, rest = '', tag, digest] = match;
  // The first part is a registry only if it looks like a host; otherwise it belongs to the path on Docker Hub.
  const isHost = first !== undefined && (/[.:]/.test(first) || first === 'localhost');
  const path = first !== undefined && !isHost ? `${first}/${rest}` : rest;
  if (path !== path.toLowerCase()) return undefined;
  const hub = path.includes('/') ? path : `library/${path}`;
  const repository =
    isHost && first !== 'index.docker.io' && first !== 'docker.io' ? `${first}/${path}` : `docker.io/${hub}`;
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** By whole parts of the path: `registry.example.com/shop` allows `…/shop/web` and not `…/shopping`. */
export function isAllowed({ repository }: ImageReference, registries: readonly string[]): boolean {
  return registries.some((each) => repository === each || repository.startsWith(`${each}/`));
}
