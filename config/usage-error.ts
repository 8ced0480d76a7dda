/**
 * The user asked for something that is not there: a folder, a stack, an environment. One clear line, no stack trace, exit code 2.
 * Whatever is wrong inside a file is a Problem instead.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
