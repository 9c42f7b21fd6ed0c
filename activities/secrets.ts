import { readFile } from 'node:fs/promises';
import type { SecretRef } from '../config/secret-ref';
import { KubernautError } from '../plan/errors';

/** Reads secrets inside an activity; what comes out must never get into a result, a log line or an error. */
export interface Secrets {
  /** @throws KubernautError PRECONDITION_FAILED naming the reference, when there is nothing or nothing readable */
  read(ref: SecretRef): Promise<string>;
}

export function environmentSecrets(env: NodeJS.ProcessEnv = process.env): Secrets {
  return {
    async read(ref) {
      if ('env' in ref) {
        const value = env[ref.env];
        if (value) return value;
        throw missing(`the environment variable ${ref.env} is not set`);
      }
      try {
        return (await readFile(ref.file, 'utf8')).replace(/\r?\n$/, '');
      } catch (error) {
        throw missing(`the file ${ref.file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
      }
    },
  };
}

function missing(what: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', `a secret is missing: ${what}`, {
    remedy: 'Give the worker the secret that kubernaut.yaml refers to.',
  });
}
