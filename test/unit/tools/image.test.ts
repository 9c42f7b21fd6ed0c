import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../../tools/package-root';

const root = packageRoot();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const dockerfile = read('Dockerfile');
const [build = '', runtime = ''] = dockerfile.split(/^(?=FROM )/m).filter((stage) => stage.startsWith('FROM '));
/** What a stage takes from the repository. */
const copied = (stage: string): string[] =>
  [...stage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) => sources!.split(' '));

describe('The container image, as far as it can be judged without building it', () => {
  test('takes only files that are there, and all of them pass .dockerignore', () => {
    const sources = [...copied(build), ...copied(runtime)];
    expect(sources).toContain('workflows');
    expect(sources.filter((each) => !existsSync(join(root, each)))).toEqual([]);
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name);
    expect(sources.filter((each) => !allowed.includes(each.split('/')[0]))).toEqual([]);
    expect(allowed.filter((each) => !sources.includes(each!))).toEqual([]);
  });

  test('is built from everything that the build compiles', () => {
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    expect(include.filter((each) => !copied(build).includes(each))).toEqual([]);
  });

  test('comes from an exact version of Node that the package supports, and runs no install scripts', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual(['node:20.20.2-bookworm-slim', 'node:20.20.2-bookworm-slim']);
    const installs = [...dockerfile.matchAll(/npm (?:ci|install|prune)[^&\n]*/g)].map(([command]) => command);
    expect(installs).toHaveLength(2);
    expect(installs.filter((command) => !command.includes('--ignore-scripts'))).toEqual([]);
  });

  test('the worker that asks the policies is told in which namespace it runs', () => {
    const [first] = parseAllDocuments(read('deploy/kustomize/base/workflows.yaml'));
    const env = first!.getIn(['spec', 'template', 'spec', 'containers', 0, 'env']) as { toJSON(): object[] };
    expect(env.toJSON()).toContainEqual({
      name: 'KUBERNAUT_NAMESPACE',
      valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
    });
  });

  test('runs as a user of the same number that the Deployments say, and has the programs that they start', () => {
    expect(runtime).toMatch(/^USER 65532:65532$/m);
    const deployments = ['bridge', 'kubernetes', 'monitoring', 'workflows'].map((name) => {
      const [first] = parseAllDocuments(read(`deploy/kustomize/base/${name}.yaml`));
      return first!.toJS() as {
        spec: {
          template: { spec: { securityContext: { runAsUser: number }; containers: Array<{ command: string[] }> } };
        };
      };
    });
    for (const { spec } of deployments) {
      const { securityContext, containers } = spec.template.spec;
      expect(securityContext.runAsUser).toBe(65_532);
      const [program, file = ''] = containers[0]!.command;
      expect(program).toBe('node');
      expect(file).toMatch(/^\/app\/lib\/.+\.js$/);
      expect(existsSync(join(root, file.replace('/app/lib/', '').replace(/js$/, 'ts')))).toBe(true);
    }
  });
});
