import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { IdentityIssuer, jwtRule } from "../../local/gateway-identity.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const gateway = { namespace: "kfaas-system", name: "kfaas-entry-gateway" };

function decode(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
}

describe("IdentityIssuer", () => {
  it("signs who a gateway is with the key that istiod is told", async () => {
    const issuer = await IdentityIssuer.of({ stack: "test", folder: temporaryFolder({}) });
    const [header = "", claims = "", signature = ""] = issuer.tokenOf(gateway).split(".");
    const { keys } = issuer.keySet() as { keys: (JsonWebKey & { kid: string })[] };
    const [key] = keys;

    expect(decode(header)).toEqual({ alg: "RS256", typ: "JWT", kid: key?.kid });
    const { issuer: iss, audiences } = JSON.parse(jwtRule("http://127.0.0.1:1/")) as Record<string, unknown>;
    expect(decode(claims)).toMatchObject({
      sub: "system:serviceaccount:kfaas-system:kfaas-entry-gateway",
      iss,
      aud: audiences,
    });
    const publicKey = createPublicKey({ key: key ?? {}, format: "jwk" });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
    expect(key).not.toHaveProperty("d");
  });

  it("gives the same token at every start, so that no Envoy has to be started anew", async () => {
    const instance = { stack: "test", folder: temporaryFolder({}) };
    const [first, second] = [await IdentityIssuer.of(instance), await IdentityIssuer.of(instance)];
    expect(second.tokenOf(gateway)).toBe(first.tokenOf(gateway));
  });
});
