import * as pulumi from "@pulumi/pulumi";

/** A certificate's private key from the stack's config: a secret, which Pulumi decrypts only where it is used. */
export function privateKeyOf(certificate: string): pulumi.Output<string> {
  return new pulumi.Config("kfaas")
    .requireSecretObject<Readonly<Record<string, { readonly privateKey: string }>>>("certificates")
    .apply((certificates) => certificates[certificate]?.privateKey ?? "");
}
