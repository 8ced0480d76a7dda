import { describe, expect, it } from "@jest/globals";
import { checkAction } from "../../core/action-rules.ts";
import type { ForwardAction, RouteAction } from "../../core/service.ts";
import { aForward } from "../support/builders.ts";

// Each of these is refused by Istio's own webhook, as test/e2e/webhook.test.ts shows; files are checked in test/config.

const found = (action: RouteAction) =>
  checkAction(action, "saas-showroom").map(({ code, path }) => `${path.join(".")} ${code}`);
const forwarding = (changes: Partial<ForwardAction>) => found(aForward("saas-showroom", changes));

describe("retries", () => {
  it.each(["503", "418", "reset-before-request", "unavailable"])("may be on %s", (condition) => {
    expect(forwarding({ retries: { attempts: 1, retryOn: [condition] } })).toEqual([]);
  });

  it.each(["499", "306", "600", "099", " 503", "5XX", ""])(
    "may not be on %j: Go has no text for it",
    (condition) => {
      expect(forwarding({ retries: { attempts: 1, retryOn: ["5xx", condition] } })).toEqual([
        "retries.retryOn.1 invalid-retries",
      ]);
    },
  );

  it("may not be more than the API's field holds", () => {
    expect(forwarding({ retries: { attempts: 2 ** 31 - 1 } })).toEqual([]);
    expect(forwarding({ retries: { attempts: 2 ** 31 } })).toEqual(["retries.attempts invalid-retries"]);
  });
});

describe("a rewrite by regex", () => {
  const replacing = (replace: string) =>
    forwarding({ rewrite: { kind: "regex", match: "^/a(/.*)$", replace } });

  it.each(["\\1", "/b\\1", "\\\\", "/b?c=d"])("may put %j in place", (replace) => {
    expect(replacing(replace)).toEqual([]);
  });

  it.each(["", "/a b", "/\n", "/ä", "\\2"])("may not put %j in place", (replace) => {
    expect(replacing(replace)).toEqual(["rewrite.regex.replace invalid-rewrite"]);
  });
});

describe("CORS", () => {
  it("may not allow the empty origin", () => {
    const exact = (value: string) => ({ kind: "exact", value }) as const;
    expect(forwarding({ cors: { allowOrigins: [exact("https://a.example"), exact("")] } })).toEqual([
      "cors.allowOrigins.1.exact invalid-value-match",
    ]);
  });
});

describe("a direct response", () => {
  const body = (text: string) => found({ kind: "directResponse", status: 200, body: text });

  it("may have a body of 1 MiB, counted in bytes", () => {
    expect(body("a".repeat(1024 * 1024))).toEqual([]);
    expect(body("a".repeat(1024 * 1024 + 1))).toEqual(["directResponse.body body-too-large"]);
    expect(body("ä".repeat(512 * 1024 + 1))).toEqual(["directResponse.body body-too-large"]);
  });
});
