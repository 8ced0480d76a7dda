import { describe, expect, it } from "@jest/globals";
import { cpuQuantity, memoryQuantity, parseCpu, parseMemory } from "../../core/quantity.ts";

describe("an amount of CPU", () => {
  it.each([
    ["500m", 500, "500m"],
    ["2", 2000, "2"],
    ["1000m", 1000, "1"],
    ["1500m", 1500, "1500m"],
  ])("%s is %i thousandths, which the apiserver writes as %s", (text, millis, written) => {
    expect(parseCpu(text)).toBe(millis);
    expect(cpuQuantity(millis)).toBe(written);
  });

  it.each(["", "0", "0m", "-1", "0.5", "1k", "500 m", "m", "1e3", "9999999"])("is not %j", (text) => {
    expect(parseCpu(text)).toBeUndefined();
  });
});

describe("an amount of memory", () => {
  it.each([
    ["512Mi", 512, "512Mi"],
    ["2Gi", 2048, "2Gi"],
    ["1024Mi", 1024, "1Gi"],
  ])("%s is %i mebibytes, which the apiserver writes as %s", (text, mebibytes, written) => {
    expect(parseMemory(text)).toBe(mebibytes);
    expect(memoryQuantity(mebibytes)).toBe(written);
  });

  it.each(["", "0Mi", "512", "512M", "1.5Gi", "1Ti", "Gi"])("is not %j", (text) => {
    expect(parseMemory(text)).toBeUndefined();
  });
});
