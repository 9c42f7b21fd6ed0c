import { type FileHandle, open, stat } from 'node:fs/promises';

/** An event of audit.k8s.io/v1, as far as the kit needs it. */
export interface AuditedCall {
  verb: string;
  requestURI: string;
  user: { username: string };
  objectRef?: { resource?: string; subresource?: string; apiGroup?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestObject?: unknown;
}

const CHUNK = 1 << 20;

/** What the API server itself wrote down since this was opened, by user. The server writes before it answers. */
export class AuditLog {
  private reading: Promise<void> = Promise.resolve();
  private readonly byUser = new Map<string, AuditedCall[]>();
  private readonly resources = new Set<string>();

  private constructor(
    private readonly path: string,
    private file: FileHandle,
    private offset: number,
  ) {}

  static async open(path: string): Promise<AuditLog> {
    const file = await open(path);
    return new AuditLog(path, file, (await file.stat()).size);
  }

  /** Requests of this user that were answered, in order. */
  async callsOf(username: string): Promise<readonly AuditedCall[]> {
    this.reading = this.reading.then(() => this.readOn());
    await this.reading;
    return this.byUser.get(username) ?? [];
  }

  /** Whether anybody's call on this resource (`events`, `pods/exec`) was seen: a policy may leave it out for everybody. */
  mentions(resource: string): boolean {
    return this.resources.has(resource);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** The server renames a full file and begins a new one; what was written to the old one meanwhile counts, too. */
  private async readOn(): Promise<void> {
    await this.readToEnd();
    for (;;) {
      const [present, own] = await Promise.all([stat(this.path), this.file.stat()]);
      if (present.ino === own.ino) return;
      const next = await open(this.path);
      await this.readToEnd();
      await this.file.close();
      this.file = next;
      this.offset = 0;
      await this.readToEnd();
    }
  }

  private async readToEnd(): Promise<void> {
    let size = CHUNK;
    for (;;) {
      const { buffer, bytesRead } = await this.file.read(Buffer.alloc(size), 0, size, this.offset);
      // Only whole lines count: the last one may still be in the writing, or longer than what was read.
      const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
      if (end === 0 && bytesRead < size) return;
      if (end === 0) {
        size *= 2;
        continue;
      }
      this.offset += end;
      for (const line of buffer.subarray(0, end).toString('utf8').split('\n')) this.note(line);
    }
  }

  private note(line: string): void {
    const [, ref] = /"objectRef":(\{[^{}]*\})/.exec(line) ?? [];
    if (ref !== undefined) {
      const { resource = '', subresource } = JSON.parse(ref) as NonNullable<AuditedCall['objectRef']>;
      this.resources.add(subresource ? `${resource}/${subresource}` : resource);
    }
    // Most lines are others'; parsing them all would take longer than the checks.
    if (!line.includes('system:serviceaccount:conformance-')) return;
    const event = JSON.parse(line) as AuditedCall;
    const { username } = event.user;
    const known = this.byUser.get(username) ?? [];
    known.push(event);
    this.byUser.set(username, known);
  }
}

/** Writes that were stored; asking for one's own rights is a `create` that stores nothing. */
export function storedWrites(calls: readonly AuditedCall[]): AuditedCall[] {
  return calls.filter(
    ({ verb, requestURI, objectRef, responseStatus, requestObject }) =>
      ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb) &&
      objectRef?.apiGroup !== 'authorization.k8s.io' &&
      (responseStatus?.code ?? 0) < 300 &&
      !requestURI.includes('dryRun=All') &&
      // A delete and an eviction carry it in their body.
      !JSON.stringify(requestObject ?? {}).includes('"dryRun":["All"]'),
  );
}

export function describeCall({ verb, objectRef }: AuditedCall): string {
  const { resource = '', subresource, namespace, name } = objectRef ?? {};
  return `${verb} ${subresource ? `${resource}/${subresource}` : resource} ${[namespace, name].filter(Boolean).join('/')}`;
}
