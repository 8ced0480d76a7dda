import type * as pulumi from "@pulumi/pulumi";

const windowSize = 100;

/**
 * Registers many resources, a window at a time, each after the engine has answered for the one before. All at once, every
 * resource would be prepared in memory before the first reached the engine, which meanwhile would have nothing to do.
 */
export async function registerInWindows<Item>(
  items: readonly Item[],
  register: (item: Item) => pulumi.Resource,
): Promise<void> {
  await withoutStackTraces(async () => {
    for (let start = 0; start < items.length; start += windowSize) {
      await Promise.all(items.slice(start, start + windowSize).map((item) => answered(register(item))));
    }
  });
}

/** Settles when the engine has answered. By the URN, because a preview knows no IDs. */
async function answered({ urn }: pulumi.Resource): Promise<void> {
  await new Promise<string>((resolve) => urn.apply(resolve));
}

let scopes = 0;
let usualLimit = Error.stackTraceLimit;

/** Pulumi keeps a stack trace for every promise it makes: a third of its own work, and nobody reads those of routes. */
async function withoutStackTraces(work: () => Promise<void>): Promise<void> {
  if (scopes === 0) usualLimit = Error.stackTraceLimit;
  scopes += 1;
  Error.stackTraceLimit = 0;
  try {
    await work();
  } finally {
    scopes -= 1;
    if (scopes === 0) Error.stackTraceLimit = usualLimit;
  }
}
