/** A cluster cannot be used: no such context, unreachable, or it refuses. One clear line and a way out; no stack trace. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}
