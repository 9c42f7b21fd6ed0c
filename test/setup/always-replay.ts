/** Read by the engine's tests: no workflow is cached, so that each task replays the whole history. */
process.env['KUBERNAUT_TEST_ALWAYS_REPLAY'] = '1';
