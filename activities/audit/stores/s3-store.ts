import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { AuditSinkSettings } from '../../../config/sections/audit';
import type { Secrets } from '../../secrets';
import { getIfThere, putOnce, type StoreRequest } from './http-store';
import type { SegmentStore } from './segment-store';

/**
 * Segments as objects of an S3 bucket: the same two requests as of an HTTP store, signed (Signature Version 4). That a PUT with
 * `If-None-Match: *` never replaces an object is kept by Amazon S3, MinIO, Ceph and R2. The official SDK would do the same with
 * a hundred packages more.
 */
export class S3Store implements SegmentStore {
  readonly place: string;
  private readonly base: string;

  constructor(
    private readonly sink: Extract<AuditSinkSettings, { type: 's3' }>,
    private readonly secrets: Secrets,
  ) {
    const { bucket, prefix, endpoint, region } = sink;
    this.place = `s3://${bucket}/${prefix}`;
    const server = endpoint?.replace(/\/+$/, '');
    // Host style is what Amazon wants, and needs a name server; path style works with any endpoint.
    this.base = `${server ? `${server}/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`}/${prefix}`;
  }

  async put(name: string, body: string): Promise<'kept' | 'exists'> {
    return putOnce(await this.signed('PUT', name, body));
  }

  async get(name: string): Promise<string | undefined> {
    return getIfThere(await this.signed('GET', name));
  }

  private async signed(method: 'PUT' | 'GET', name: string, body?: string): Promise<StoreRequest> {
    const { region, accessKeyId, secretAccessKey, sessionToken } = this.sink;
    const [id, secret, token] = await Promise.all([
      this.secrets.read(accessKeyId),
      this.secrets.read(secretAccessKey),
      sessionToken && this.secrets.read(sessionToken),
    ]);
    const signer = new AwsV4Signer({
      ...{ method, url: `${this.base}${name}`, service: 's3', region, accessKeyId: id, secretAccessKey: secret },
      ...(token && { sessionToken: token }),
      ...(body !== undefined && { body }),
      headers: {
        // Else the body would not be part of what is signed.
        'X-Amz-Content-Sha256': createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
        ...(method === 'PUT' && { 'If-None-Match': '*', 'Content-Type': 'application/x-ndjson' }),
      },
    });
    const { url, headers } = await signer.sign();
    return { method, url: url.toString(), headers: Object.fromEntries(headers), ...(body !== undefined && { body }) };
  }
}
