import { generateKeyPairSync } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { signingKeyOf } from '../../activities/audit/keys';
import { exportRuns } from '../../client/audit/export/export-runs';

/** Tells its parent how much memory it takes, every so many runs. */
export const EVERY = 1_000;

export interface ExporterSays {
  runs: number;
  rssBytes: number;
}

/** `kubernaut audit export` in a process of its own, so that the memory it takes is its own. */
async function main(address: string, namespace: string, to: string): Promise<void> {
  const connection = await Connection.connect({ address });
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = await signingKeyOf(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  const say = (runs: number) =>
    process.send!({ runs, rssBytes: process.memoryUsage.rss() } satisfies ExporterSays) as unknown;
  const { runs } = await exportRuns(new Client({ connection, namespace }), {
    ...{ to, key, source: 'the bench', now: new Date() },
    onRun: (_, count) => void (count % EVERY === 0 && say(count)),
  });
  say(runs);
  await connection.close();
}

if (require.main === module) {
  const [address = '', namespace = '', to = ''] = process.argv.slice(2);
  main(address, namespace, to).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}
