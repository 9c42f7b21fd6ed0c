import { DefaultFailureConverter } from '@temporalio/common';

/** Puts message and stack trace of a failure into a payload, so that the codec encrypts them too. Loaded by its path. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
