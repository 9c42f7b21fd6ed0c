import type { AuditSinkSettings } from '../../../config/sections/audit';
import type { Secrets } from '../../secrets';
import { FileStore } from './file-store';
import { HttpStore } from './http-store';
import { S3Store } from './s3-store';
import type { SegmentStore } from './segment-store';

export function openStore(sink: AuditSinkSettings, secrets: Secrets): SegmentStore {
  switch (sink.type) {
    case 'file':
      return new FileStore(sink.folder);
    case 's3':
      return new S3Store(sink, secrets);
    case 'http':
      return new HttpStore(sink, secrets);
  }
}
