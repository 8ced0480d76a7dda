import { afterEach, describe, expect, it } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { registerInWindows } from "../../components/registration-window.ts";

/** A resource whose engine answers when the test says so. */
class FakeResource {
  private tell: ((urn: string) => void) | undefined;
  readonly urn = { apply: (tell: (urn: string) => void) => (this.tell = tell) };

  answer(): void {
    this.tell?.("urn");
  }
}

const asResource = (resource: FakeResource): pulumi.Resource => resource as unknown as pulumi.Resource;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("registerInWindows", () => {
  const limit = Error.stackTraceLimit;

  afterEach(() => {
    Error.stackTraceLimit = limit;
  });

  it("registers a hundred, waits for the engine's answers to all of them, and goes on", async () => {
    const resources: FakeResource[] = [];
    const done = registerInWindows(Array.from({ length: 250 }), () => {
      const resource = new FakeResource();
      resources.push(resource);
      return asResource(resource);
    });
    expect(resources).toHaveLength(100);
    for (const resource of resources.slice(0, 99)) resource.answer();
    await turn();
    expect(resources).toHaveLength(100);
    resources[99]?.answer();
    await turn();
    expect(resources).toHaveLength(200);
    for (const resource of resources.slice(100)) resource.answer();
    await turn();
    expect(resources).toHaveLength(250);
    for (const resource of resources.slice(200)) resource.answer();
    await done;
  });

  it("keeps order and registers nothing for nothing", async () => {
    const seen: number[] = [];
    const register = (item: number): pulumi.Resource => {
      seen.push(item);
      const resource = new FakeResource();
      setImmediate(() => {
        resource.answer();
      });
      return asResource(resource);
    };
    await registerInWindows([], register);
    await registerInWindows([3, 1, 2], register);
    expect(seen).toEqual([3, 1, 2]);
  });

  it("takes stack traces only away while something registers, also when several do at once", async () => {
    const [first, second] = [new FakeResource(), new FakeResource()];
    const a = registerInWindows([first], asResource);
    const b = registerInWindows([second], asResource);
    expect(Error.stackTraceLimit).toBe(0);
    first.answer();
    await a;
    expect(Error.stackTraceLimit).toBe(0);
    second.answer();
    await b;
    expect(Error.stackTraceLimit).toBe(limit);
  });

  it("gives them back after a failure", async () => {
    const fail = (): never => {
      throw new Error("no such class");
    };
    await expect(registerInWindows([1], fail)).rejects.toThrow("no such class");
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
