import { expect, it } from "@jest/globals";
import { checkPort } from "../../core/port.ts";

it.each([1, 80, 65_535])("%i is a port", (port) => {
  expect(checkPort(port)).toEqual([]);
});

it.each([0, -1, 65_536, 80.5, Number.NaN])("%d is none", (port) => {
  expect(checkPort(port)).toMatchObject([{ code: "invalid-port", path: [] }]);
});

it("a pod without privileges listens from 1024 on", () => {
  expect(checkPort(1024, 1024)).toEqual([]);
  expect(checkPort(1023, 1024)).toMatchObject([{ message: expect.stringContaining("without privileges") }]);
});
