import * as z from "zod";

/** `kfaas:gateways.entry.clients`: who may enter. */
export const entryClientsShape = z
  .strictObject({
    addresses: z
      .array(z.string())
      .min(1)
      .describe(
        "Addresses of those who open the connection, or ranges such as 10.0.0.0/8. X-Forwarded-For does not count.",
      ),
    namespaces: z
      .array(z.string())
      .optional()
      .describe(
        "Namespaces of the cluster that they run in, for network plugins (Cilium) that do not apply addresses to pods. Default: none.",
      ),
    certificate: z
      .strictObject({
        mode: z
          .enum(["mutual", "istio-mutual"])
          .describe(
            "mutual: a certificate of the authority in the Secret. istio-mutual: the certificate of a workload of the mesh.",
          ),
        secret: z
          .string()
          .optional()
          .describe("Secret in kfaas-system with tls.crt, tls.key and ca.crt; only for mutual."),
        subjectAltNames: z
          .array(z.string())
          .min(1)
          .describe("Names of which the client's certificate must hold one: DNS names or URIs (spiffe://…)."),
        alsoHttp: z.boolean().optional().meta({
          description: "Whether port 80 stays open for the same addresses while the Java side changes over.",
          default: false,
        }),
      })
      .optional()
      .describe("What clients have to show at port 443. Default: nothing, and port 80 alone is open."),
  })
  .describe("Who may enter; everybody else is refused. Default: every pod of the cluster.");

export type EntryClientsInput = z.infer<typeof entryClientsShape>;
