import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { packageRoot } from '../../../tools/package-root';
import { assertPortFree, freePorts } from '../../../tools/stack/free-port';
import { kwokConfiguration } from '../../../tools/stack/kwok-configuration';
import { startStack } from '../../../tools/stack/start-stack';
import { temporalArguments } from '../../../tools/stack/temporal-server';

interface Stage {
  kind: string;
  metadata: { name: string };
  spec: { resourceRef: { kind: string }; selector: { matchExpressions: Array<{ key: string; values: string[] }> } };
}

it('names the port that is in use, who needs it and how to choose another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(startStack({ temporalPort: port })).rejects.toThrow(
    new RegExp(`^Port ${port} for the Temporal server is in use\\n.*choose another port with --temporal-port`),
  );
  server.close();
  await once(server, 'close');
  await expect(assertPortFree(port, 'it', '--port')).resolves.toBeUndefined();
});

it('finds different free ports', async () => {
  expect(new Set(await freePorts(5)).size).toBe(5);
});

it('gives KWOK stages of which exactly one can match: each word of the decision belongs to one pod stage', async () => {
  const documents = parseAllDocuments(await kwokConfiguration()).map((document) => document.toJS() as Stage);
  const stages = documents.filter(({ kind }) => kind === 'Stage');
  expect(new Set(stages.map(({ metadata }) => metadata.name)).size).toBe(stages.length);
  const podStages = stages.filter(({ spec }) => spec.resourceRef.kind === 'Pod');
  const program = readFileSync(join(packageRoot(), 'tools/stack/stages/next-stage.jq'), 'utf8');
  const words = podStages.map(({ spec }) => {
    expect(spec.selector.matchExpressions).toHaveLength(1);
    expect(spec.selector.matchExpressions[0]?.key).toBe(program);
    return spec.selector.matchExpressions[0]?.values[0] ?? '';
  });
  expect(new Set(words).size).toBe(podStages.length);
  for (const word of words) expect(program).toContain(`"${word}"`);
});

it('sets on the command line what the env file of Temporal cannot express', () => {
  const args = temporalArguments({ port: 1, webUiPort: 2, databaseFile: '/db', dynamicConfig: { 'a.b': '"1ms"' } });
  expect(args.join(' ')).toMatch(
    /--env dev --port 1 --ui-port 2 --db-filename \/db --dynamic-config-value system\.enableActivityEagerExecution=true --dynamic-config-value a\.b="1ms"$/,
  );
});

it('keeps the Temporal server on the loopback interface', () => {
  const file = parse(readFileSync(join(packageRoot(), 'temporal-dev.yaml'), 'utf8')) as {
    env: { dev: { ip: string } };
  };
  expect(file.env.dev.ip).toBe('127.0.0.1');
});
