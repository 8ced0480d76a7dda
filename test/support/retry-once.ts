import { jest } from "@jest/globals";

// Real parts on a machine that others use too: what fails is tried once more, and its first error is printed all the same.
jest.retryTimes(1, { logErrorsBeforeRetry: true });
