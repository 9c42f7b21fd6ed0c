import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { DecisionClaims } from '../../../plan/decision/signed-decision';
import type { SignedRequest } from '../../../plan/steering';
import { signDecision, signingKeyOf, type SigningKey } from '../../sign-decision';
import { CliError } from '../cli-error';
import type { CliIo } from '../cli-io';
import { ExitCode } from '../exit-codes';

export interface SignOptions {
  signKey?: string;
  keyId?: string;
}

/** What `approve` and `reject` have in common where only signed decisions count. */
export function addSignOptions(command: Command): Command {
  return command
    .option('--sign-key <file>', 'sign the decision with this private key (PEM or JWK)')
    .option(
      '--key-id <id>',
      'id of the key in the settings of the workers (default: the kid of a JWK, else all are tried)',
    );
}

export function readSignKey({ signKey, keyId }: SignOptions, io: CliIo): SigningKey | undefined {
  if (signKey === undefined) return undefined;
  try {
    const key = signingKeyOf(readFileSync(resolve(io.cwd, signKey), 'utf8'));
    return keyId === undefined ? key : { ...key, kid: keyId };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Never the message: it may quote the file.
    throw new CliError(
      ExitCode.usage,
      `--sign-key ${signKey} is no private key that can be used (${code ?? 'unreadable'}).`,
      {
        remedy: 'Give a file with an unencrypted PEM (PKCS #8) or JWK: Ed25519, EC P-256 or P-384, or RSA.',
      },
    );
  }
}

export async function signedRequest(
  key: SigningKey,
  decision: Omit<DecisionClaims, 'iat' | 'exp' | 'jti'>,
): Promise<SignedRequest> {
  const { step, reason, ...rest } = decision;
  return { jws: await signDecision(key, { ...rest, ...(step && { step }), ...(reason && { reason }) }) };
}
