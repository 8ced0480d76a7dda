import { createHash, createPrivateKey, createPublicKey, generateKeyPair, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { instancePath } from "./instance.ts";
import type { Instance } from "./instance.ts";

// istiod sends certificates only to a proxy whose service account it knows. A pod proves it by a token of the API server, and that
// gives none for an account that `up` has yet to deploy. So the mesh signs tokens of its own, which istiod takes as those of an OIDC
// issuer: https://github.com/istio/istio/blob/master/security/pkg/server/ca/authenticate/oidc.go
// Whether the account may read a certificate's Secret is the API server's to say, by the Role that was really deployed.

const issuer = "https://identities.local.kfaas.dev";
const audience = "istio-ca";
/** 2100. Always the same, so that the same gateway gets the same token at every start. */
const expires = 4_102_444_800;

/** Who a gateway's pods are to the mesh. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** Signs tokens for the gateways of one instance. */
export class IdentityIssuer {
  readonly #key: KeyObject;
  readonly #keyId: string;

  private constructor(key: KeyObject) {
    this.#key = key;
    const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
    this.#keyId = createHash("sha256").update(publicKey).digest("base64url");
  }

  /** With the instance's key, which is made at its first start: a new one would restart every Envoy. */
  static async of(instance: Instance): Promise<IdentityIssuer> {
    const file = instancePath(instance, "identity-key.pem");
    const known = await readFile(file, "utf8").catch(() => undefined);
    if (known !== undefined) return new IdentityIssuer(createPrivateKey(known));
    // RSA, because RS256 is all that istiod accepts.
    const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    return new IdentityIssuer(privateKey);
  }

  tokenOf({ namespace, name }: ServiceAccount): string {
    const header = { alg: "RS256", typ: "JWT", kid: this.#keyId };
    const claims = {
      iss: issuer,
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: [audience],
      exp: expires,
    };
    const signed = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${signed}.${sign("sha256", Buffer.from(signed), this.#key).toString("base64url")}`;
  }

  /** The public key, as istiod fetches it: https://www.rfc-editor.org/rfc/rfc7517#section-5 */
  keySet(): object {
    const key = createPublicKey(this.#key).export({ format: "jwk" });
    return { keys: [{ ...key, kid: this.#keyId, alg: "RS256", use: "sig" }] };
  }
}

/** Which tokens istiod is to take; value of its variable JWT_RULE. */
export function jwtRule(keySetUrl: string): string {
  return JSON.stringify({ issuer, jwks_uri: keySetUrl, audiences: [audience] });
}
