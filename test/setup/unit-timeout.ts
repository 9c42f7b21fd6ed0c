// No server, but a small machine that may be busy. (`testTimeout` is not a project option.)
jest.setTimeout(120_000);
