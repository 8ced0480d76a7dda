import * as z from "zod";
import { labelPattern } from "../core/kubernetes-name.ts";
import { autoscalingShape } from "./autoscaling-shape.ts";
import { nextHopShape } from "./next-hop-shape.ts";
import { duration, exactlyOne, retries } from "./service-file-shape.ts";

/** The shape of `kfaas:gateways.exit`. Which keys belong to which mode, and what values mean, is core/exit-rules.ts's to say. */

const port = (description: string) =>
  z.number().meta({ description, type: "integer", minimum: 1, maximum: 65_535 });

const secret = (description: string) => z.string().meta({ description, pattern: labelPattern.source });

const file = (description: string) => z.string().meta({ description, pattern: "^/" });

const tls = z
  .strictObject({
    mode: z.enum(["simple", "mutual"]).describe("mutual: the gateway shows a certificate of its own."),
    credentialName: secret(
      "Secret in kfaas-system: ca.crt, and for mutual tls.crt and tls.key. Or name files instead.",
    ).optional(),
    caCertificates: file(
      "File in the gateway's pods with the authorities to trust, for example /etc/ssl/certs/ca-certificates.crt.",
    ).optional(),
    clientCertificate: file("File with the certificate to show.").optional(),
    privateKey: file("File with its key.").optional(),
    sni: z.string().optional().describe("Name to ask for. Default: the host."),
    subjectAltNames: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Names of which the upstream's certificate must have one. Default: the host."),
  })
  .meta({
    description: "TLS to the Java export gateway, whose certificate is always verified. Default: plain HTTP.",
    ...exactlyOne("credentialName", "caCertificates"),
  });

const upstream = z
  .strictObject({
    host: z
      .string()
      .describe(
        "DNS name of the Java export gateway: a Service of the cluster (….svc.cluster.local), or a host outside. It sees it as Host.",
      ),
    port: port("Its HTTP or HTTPS port."),
    addresses: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Where a host outside is, for example virtual machines. Default: what DNS says."),
    tls: tls.optional(),
  })
  .describe("The Java export gateway, where it is there already.");

const amounts = z.strictObject({
  cpu: z.string().meta({ description: "500m or 2.", pattern: "^[1-9][0-9]*m?$" }),
  memory: z.string().meta({ description: "512Mi or 2Gi.", pattern: "^[1-9][0-9]*(Mi|Gi)$" }),
});

/** Where a Java export gateway is not told otherwise. */
export const defaultResources = {
  requests: { cpu: "500m", memory: "1Gi" },
  limits: { cpu: "2", memory: "2Gi" },
} as const;

const egressRule = z
  .strictObject({
    namespace: z.string().optional().meta({ description: "A namespace.", pattern: labelPattern.source }),
    addresses: z.array(z.string()).min(1).optional().describe("Addresses, or ranges such as 10.0.0.0/8."),
    ports: z
      .array(port("A port."))
      .min(1)
      .optional()
      .describe("Ports of the pods or machines. Default: all."),
  })
  .meta({ ...exactlyOne("namespace", "addresses") });

const allowRule = z
  .strictObject({
    namespaces: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Callers by their namespace, as their certificate says it; needs mutualTls."),
    addresses: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Callers by the address of their connection, or a range such as 10.1.0.0/16."),
    environments: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("By whose hosts they may call. Default: any environment's."),
    paths: z
      .array(
        z
          .strictObject({
            exact: z.string().optional().describe("The whole path."),
            prefix: z.string().optional().describe("What the path begins with, letter by letter."),
            method: z.array(z.string()).min(1).optional().describe("HTTP methods. Default: every method."),
          })
          .meta({ ...exactlyOne("exact", "prefix") }),
      )
      .min(1)
      .optional()
      .describe("Which Java services. Default: all."),
  })
  .meta({ ...exactlyOne("namespaces", "addresses") });

const imageKeys = {
  image: z
    .string()
    .optional()
    .describe("mode image: image of the Java export gateway, with the tag of a release or a digest."),
  port: port("mode image: what it serves HTTP on, from 1024.").optional(),
  resources: z
    .strictObject({
      requests: amounts.describe("What is reserved for it."),
      limits: amounts.optional().describe("What it never exceeds. Default: no limit."),
    })
    .optional()
    .meta({ description: "mode image: what one pod gets.", default: defaultResources }),
  env: z
    .record(z.string(), z.string())
    .optional()
    .describe("mode image: environment variables. Nothing secret: everybody can read them."),
  secretEnv: z
    .record(
      z.string(),
      z.strictObject({ secret: secret("The Secret."), key: z.string().describe("Its key.") }),
    )
    .optional()
    .describe("mode image: environment variables whose values stand in Secrets of kfaas-system."),
  healthPath: z.string().optional().meta({
    description:
      "mode image: path that answers with 200 when it is ready. Default: ready when the port is open.",
    pattern: "^/",
  }),
  runAsUser: z.number().optional().meta({
    description: "mode image: number of the user, for images whose user is a name.",
    type: "integer",
    minimum: 1,
  }),
  pullSecrets: z
    .array(secret("A Secret."))
    .min(1)
    .optional()
    .describe("mode image: Secrets of kfaas-system that the registry wants to see."),
  egress: z
    .array(egressRule)
    .min(1)
    .optional()
    .describe("mode image: what the Java export gateway may connect to, beside DNS."),
};

/** The keys that only one of the modes has, and which of them it needs. */
export const modeKeys = {
  managed: { own: ["upstream"], needed: ["upstream"] },
  image: { own: Object.keys(imageKeys) as (keyof typeof imageKeys)[], needed: ["image", "port", "egress"] },
} as const;

const none = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, false]));

export const exitShape = z
  .strictObject({
    mode: z
      .enum(["managed", "image"])
      .describe(
        "managed: a gateway before the Java export gateway that is there already. image: KFaaS runs that one as well.",
      ),
    ...autoscalingShape,
    ...nextHopShape,
    upstream: upstream.optional(),
    ...imageKeys,
    timeout: duration("Limit for a whole request to Java, retries included. Default: none.").optional(),
    retries: retries.optional(),
    mutualTls: z.boolean().optional().meta({
      description:
        "Whether callers must come by Istio's mutual TLS, which needs sidecars at all of them and tells their namespaces.",
      default: false,
    }),
    allow: z
      .array(allowRule)
      .min(1)
      .optional()
      .describe("Who may call which Java services; whoever no rule allows gets 403. Default: everybody may."),
  })
  .meta({
    description: "Takes requests of serverless services to Java. Default: there is none.",
    if: { properties: { mode: { const: "image" } } },
    then: { required: [...modeKeys.image.needed], properties: none(modeKeys.managed.own) },
    else: { required: [...modeKeys.managed.needed], properties: none(modeKeys.image.own) },
  });

export type ExitInput = z.infer<typeof exitShape>;
