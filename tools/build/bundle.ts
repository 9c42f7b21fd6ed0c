import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowBundling } from '../../workers/workflow-bundling';

/**
 * Bundles the compiled workflows into `lib/workflow-bundle.js`, so that a worker starts without webpack. Run by `npm run
 * build`, after `tsc`, from `lib/tools/build/bundle.js`.
 */
export async function bundle(lib = join(__dirname, '..', '..')): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...workflowBundling(join(lib, 'workflows', 'index.js')),
    logger: new DefaultLogger('WARN'),
  });
  const file = join(lib, 'workflow-bundle.js');
  await mkdir(lib, { recursive: true });
  await writeFile(file, code);
  return file;
}

if (require.main === module) {
  bundle().catch((error: unknown) => {
    process.stderr.write(
      `The workflows cannot be bundled: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  });
}
