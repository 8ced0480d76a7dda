import { describe, expect, it } from "@jest/globals";
import {
  checkHeaderList,
  checkHeaderMatches,
  checkHeaderOperations,
  checkQueryMatches,
} from "../../core/header-rules.ts";

const found = (violations: readonly { code: string; path: readonly (string | number)[] }[]) =>
  violations.map(({ code, path }) => `${path.join(".")} ${code}`);

describe("header values that are written", () => {
  it.each([
    "",
    "text",
    "100%% sure",
    "%DOWNSTREAM_REMOTE_ADDRESS%",
    "a %REQ(X-Request-Id)% b",
    '%DYNAMIC_METADATA(["a", "b"])%',
    "%PROTOCOL%%%%PROTOCOL%",
    "tab\tinside",
    "ümlaut",
  ])("may be %j", (value) => {
    expect(checkHeaderOperations({ request: { set: { "x-a": value } } })).toEqual([]);
  });

  const shapes = [
    "50%",
    "%",
    "%%%",
    "%lower%",
    "% %",
    "%REQ(X%",
    "%REQ(X)",
    "%A%B%",
    "a\nb",
    "a\rb",
    "\u0000",
  ];
  // What Istio's parser of arguments stumbles over.
  const ofArguments = ["%REQ()%", "%REQ( )%", '%A(x"y)%', "%A(x\\)%", "%A([x])%", '%A(["x"]', "%A([])%"];
  it.each([...shapes, ...ofArguments])("may not be %j", (value) => {
    expect(found(checkHeaderOperations({ response: { add: { "x-a": value } } }))).toEqual([
      "response.add.x-a invalid-header-value",
    ]);
  });
});

describe("header names", () => {
  it.each(["x-a", "X_B", "a", "x.y", "!#$%&'*+-.^_`|~1"])("may be %j", (name) => {
    expect(checkHeaderMatches({ [name]: { kind: "present" } })).toEqual([]);
    expect(checkHeaderOperations({ request: { remove: [name] } })).toEqual([]);
  });

  it.each(["", "x y", "x:", "x(y)", "ä", "x\n"])("may not be %j", (name) => {
    expect(found(checkHeaderMatches({ [name]: { kind: "present" } }))).toEqual([
      `${name} invalid-header-name`,
    ]);
    expect(found(checkHeaderOperations({ response: { remove: [name] } }))).toEqual([
      "response.remove.0 invalid-header-name",
    ]);
  });

  it.each([":path", ":method", ":authority", "host", "Host"])(
    "that are part of the request are refused: %s",
    (name) => {
      expect(found(checkHeaderMatches({ [name]: { kind: "present" } }))).toEqual([
        `${name} header-not-allowed`,
      ]);
      expect(found(checkHeaderOperations({ request: { set: { [name]: "a" } } }))).toEqual([
        `request.set.${name} header-not-allowed`,
      ]);
    },
  );

  it("of KFaaS's own cannot be changed", () => {
    expect(found(checkHeaderOperations({ request: { remove: ["X-Kfaas-Mirror"] } }))).toEqual([
      "request.remove.0 header-not-allowed",
    ]);
  });

  it("of CORS may be a star", () => {
    expect(checkHeaderList(["*", "x-a"])).toEqual([]);
    expect(found(checkHeaderList(["x-a", "x y"]))).toEqual(["1 invalid-header-name"]);
  });
});

describe("conditions", () => {
  it("may ask for an empty value, but not for an empty prefix or regex", () => {
    expect(checkQueryMatches({ a: { kind: "exact", value: "" } })).toEqual([]);
    expect(found(checkQueryMatches({ a: { kind: "prefix", value: "" } }))).toEqual([
      "a.prefix invalid-value-match",
    ]);
    expect(found(checkQueryMatches({ a: { kind: "regex", value: "" } }))).toEqual(["a.regex invalid-regex"]);
  });

  it("ask for values that can be sent", () => {
    expect(found(checkHeaderMatches({ a: { kind: "exact", value: "a\nb" } }))).toEqual([
      "a.exact invalid-value-match",
    ]);
  });

  it("name a parameter", () => {
    expect(found(checkQueryMatches({ "": { kind: "present" } }))).toEqual([" invalid-name"]);
    expect(checkQueryMatches({ "a[]": { kind: "present" } })).toEqual([]);
  });
});
