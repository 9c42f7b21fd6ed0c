// Real servers on a small machine: a test that waits for a rollout may take its time. (`testTimeout` is not a project option.)
jest.setTimeout(240_000);
