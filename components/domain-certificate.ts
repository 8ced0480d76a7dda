import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DomainObjects, TlsSecret } from "../core/mesh/plan.ts";
import { istioApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";

export interface DomainCertificateArgs {
  readonly objects: Pick<DomainObjects, "certificate" | "gateway">;
  /** Where the Gateway goes; see KfaasNamespace. The certificate goes to the gateway's pods. */
  readonly namespace: pulumi.Input<string>;
  /** In PEM; needed where the certificate is a Secret. */
  readonly privateKey?: pulumi.Output<string>;
}

/** A host's certificate and the HTTPS servers that show it. */
export class DomainCertificate extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:DomainCertificate";

  constructor(
    name: string,
    { objects, namespace, privateKey }: DomainCertificateArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(DomainCertificate.type, name, {}, opts);
    const { certificate, gateway } = objects;
    const parent = { parent: this };
    const held =
      certificate.kind === "Secret"
        ? registerObject(k8s.core.v1.Secret, withKey(certificate, privateKey), parent)
        : registerObject(k8s.apiextensions.CustomResource, certificate, parent);
    // A server without its certificate would refuse every client.
    const afterCertificate = { parent: this, dependsOn: [held] };
    registerObject(istioApi(gateway).Gateway, gateway, afterCertificate, namespace);
    this.registerOutputs();
  }
}

/** The Secret with its key in place of the placeholder: a secret to Pulumi, encrypted wherever it is written down. */
function withKey(
  secret: TlsSecret,
  privateKey: pulumi.Output<string> | undefined,
): Omit<TlsSecret, "data"> & { readonly data: Record<string, pulumi.Input<string>> } {
  if (privateKey === undefined) throw new Error(`no private key for ${secret.metadata.name}`);
  const key = pulumi.secret(privateKey).apply((pem) => Buffer.from(pem).toString("base64"));
  return { ...secret, data: { ...secret.data, "tls.key": key } };
}
