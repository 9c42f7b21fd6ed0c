import { z } from 'zod';

export const grafanaUid = z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/, 'must be a UID of Grafana');
