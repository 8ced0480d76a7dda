import * as z from "zod";
import { type LintCode, lintCodes, lintLevels } from "../core/lint/lint-level.ts";
import { tlsVersions } from "../core/domain.ts";
import { entryClientsShape } from "./entry-clients-shape.ts";
import { knownObjectPattern, quantityPattern } from "../core/drift-watch-rules.ts";
import { labelPattern, maximumEnvironmentName, maximumLabel } from "../core/kubernetes-name.ts";
import { autoscalingShape } from "./autoscaling-shape.ts";
import { exitShape } from "./exit-shape.ts";
import { nextHopShape } from "./next-hop-shape.ts";
import { exactlyOne } from "./service-file-shape.ts";

/**
 * The shape of a stack's config, `kfaas:*` in `Pulumi.<stack>.yaml`. Like that of service files it says which keys there are, of which
 * type; core/stack-rules.ts says what values mean.
 */

/** Where the drift watch is not told otherwise. */
export const defaultDriftWatch = {
  mode: "cronJob",
  schedule: "*/15 * * * *",
  resources: { requests: { cpu: "50m", memory: "192Mi" }, limits: { memory: "512Mi" } },
} as const;

const version = (product: string) =>
  z.string().meta({
    description: `Version of ${product}, major and minor, in quotes: "1.30" without them is the number 1.3.`,
    pattern: String.raw`^\d{1,3}\.\d{1,3}$`,
  });

const gateway = z.strictObject({
  mode: z
    .enum(["managed", "existing"])
    .describe("managed: deployed by KFaaS in kfaas-system. existing: Knative's own, which is left alone."),
  ...autoscalingShape,
});

const entryShape = { ...nextHopShape, clients: entryClientsShape.optional() };
const entryGateway = z.strictObject({ ...gateway.shape, ...entryShape });

/** An existing gateway has no keys but its mode. */
const onlyManagedHas = (keys: Readonly<Record<string, z.ZodType>>) => ({
  if: { properties: { mode: { const: "existing" } } },
  then: { properties: Object.fromEntries(Object.keys(keys).map((key) => [key, false])) },
});

const domainGateway = z.strictObject({
  mode: z.literal("existing").describe("existing: deployed by others, and left alone."),
  namespace: z.string().meta({
    description: "Where its pods run, and so where the Secrets of its certificates go.",
    pattern: labelPattern.source,
    maxLength: maximumLabel,
  }),
  selector: z
    .record(z.string(), z.string())
    .meta({ description: "Labels of its pods.", minProperties: 1, examples: [{ istio: "ingressgateway" }] }),
});

const domain = z.strictObject({
  gateway: z
    .enum(["business", "intranet"])
    .describe("Which gateway serves it: business to the internet, intranet to the intranet only."),
  certificate: z
    .strictObject({
      certManager: z
        .strictObject({
          issuer: z
            .strictObject({
              name: z.string().meta({ description: "Name of the issuer.", minLength: 1 }),
              kind: z
                .enum(["Issuer", "ClusterIssuer"])
                .describe("An Issuer is in the namespace of the gateway's pods."),
            })
            .describe("Who issues it."),
        })
        .optional()
        .describe("cert-manager gets it and renews it."),
      secret: z.string().optional().describe("Its name in kfaas:certificates."),
    })
    .meta({
      description: "Where the certificate comes from: exactly one of certManager and secret.",
      ...exactlyOne("certManager", "secret"),
    }),
  minProtocolVersion: z
    .enum(tlsVersions)
    .optional()
    .meta({ description: "The oldest version of TLS that clients may speak.", default: "TLSV1_2" }),
  httpsRedirect: z.boolean().optional().meta({
    description: "Whether port 80 sends clients to HTTPS; otherwise nothing answers there.",
    default: true,
  }),
  fallback: z
    .string()
    .optional()
    .describe("File name of the service that gets what no other matches. Default: 404."),
});

const certificate = z.strictObject({
  certificateChain: z
    .string()
    .describe("PEM: the host's own certificate first, each followed by its issuer's. It is public."),
  privateKey: z
    .strictObject({ secure: z.string().describe("Written by pulumi config set --secret.") })
    .describe("PEM, encrypted: pulumi config set --secret --path 'kfaas:certificates.<name>.privateKey'."),
});

const lintLevel = z.enum(["off", "info", "warning", "error"]).optional();

const lints = Object.fromEntries(
  lintCodes.map((code) => {
    const [usual, inProduction] = [lintLevels(false)[code], lintLevels(true)[code]];
    const exception = usual === inProduction ? "" : `; in production ${inProduction}`;
    return [code, lintLevel.describe(`Default: ${usual}${exception}.`)];
  }),
) as Record<LintCode, typeof lintLevel>;

const quantity = (description: string) =>
  z.string().optional().meta({ description, pattern: quantityPattern.source });

const driftWatch = z
  .strictObject({
    image: z.string().meta({
      description: "Image with this program and the stack's files: operations/drift/Dockerfile.",
      minLength: 1,
    }),
    mode: z.enum(["cronJob", "deployment"]).optional().meta({
      description:
        "cronJob: a Job now and then, which fails if there is drift. deployment: always there, with Prometheus metrics.",
      default: defaultDriftWatch.mode,
    }),
    schedule: z.string().optional().meta({
      description: "When the Job runs, as crontab has it.",
      default: defaultDriftWatch.schedule,
    }),
    resources: z
      .strictObject({
        requests: z
          .strictObject({ cpu: quantity("Share of a CPU."), memory: quantity("Memory.") })
          .optional()
          .describe("What the pod asks for."),
        limits: z
          .strictObject({ cpu: quantity("Share of a CPU."), memory: quantity("Memory.") })
          .optional()
          .describe("What the pod may take at most."),
      })
      .optional()
      .describe("Resources of the pod."),
  })
  .describe("Lets the cluster itself look for drift, read-only. Default: it does not.");

/** The keys of a stack's config, each with the schema of its value. */
export const stackConfigShape = z.strictObject({
  "kfaas:cluster": z
    .strictObject({
      name: z.string().meta({
        description:
          "Name of the cluster. The first `up` writes it on the cluster, every later run compares before it writes anything.",
        pattern: labelPattern.source,
        maxLength: maximumLabel,
      }),
      context: z
        .string()
        .meta({ description: "Context of the kubeconfig; the current context is never used.", minLength: 1 }),
    })
    .describe("The one cluster that this stack may change."),
  "kfaas:versions": z
    .strictObject({
      kubernetes: version("Kubernetes"),
      istio: version("Istio"),
      knative: version("Knative"),
      istioRevision: z.string().optional().meta({
        description:
          "Revision of the istiod that injects the gateways, for example 1-31: label istio.io/rev in place of istio-injection. Default: the default istiod.",
        pattern: labelPattern.source,
        maxLength: maximumLabel,
      }),
    })
    .describe("What runs on the cluster."),
  "kfaas:production": z.boolean().optional().meta({
    description:
      "Whether what cannot be decided is an error; elsewhere it is a warning that names the winner.",
    default: false,
  }),
  "kfaas:pathNormalisation": z
    .enum(["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"])
    .optional()
    .meta({
      description:
        "What the mesh does to paths before it matches them: Istio's meshConfig.pathNormalization.",
      default: "BASE",
    }),
  "kfaas:pathRoot": z.string().meta({
    description: "What every path begins with, for example /faas/api/.",
    pattern: "^/(.*/)?$",
  }),
  "kfaas:services": z
    .array(z.string())
    .min(1)
    .describe(
      "Folders of service files, relative to this file. A later one replaces files of the same environment and name.",
    ),
  "kfaas:environments": z
    .record(
      z.string(),
      z.strictObject({
        fallback: z
          .string()
          .optional()
          .describe(
            "File name of the service that gets what no other matches, also outside the path root. Default: 404.",
          ),
      }),
    )
    .meta({
      description: "The environments of the cluster by name, each with a host of its own.",
      minProperties: 1,
      propertyNames: { pattern: labelPattern.source, maxLength: maximumEnvironmentName },
    }),
  "kfaas:gateways": z
    .strictObject({
      entry: entryGateway.meta({
        description: "Takes the Java gateway's requests: where the environments' hosts lead to.",
        ...onlyManagedHas({ ...autoscalingShape, ...entryShape }),
      }),
      clusterLocal: gateway.meta({
        description: "Takes requests on to the Knative services: where every route leads to.",
        ...onlyManagedHas(autoscalingShape),
      }),
      exit: exitShape.optional(),
      business: domainGateway
        .optional()
        .describe("Serves business hosts to the internet. Default: there is none."),
      intranet: domainGateway.optional().describe("Serves intranet hosts. Default: there is none."),
    })
    .describe("The gateways between Java and serverless services."),
  "kfaas:domains": z
    .record(z.string(), domain)
    .optional()
    .meta({
      description:
        "Hosts with certificates, each with a folder of service files of its name. Paths there lie below /.",
      propertyNames: { pattern: String.raw`^[a-z0-9][-a-z0-9]*(\.[a-z0-9][-a-z0-9]*)+$` },
    }),
  "kfaas:certificates": z
    .record(z.string(), certificate)
    .optional()
    .describe("Certificates that do not come from cert-manager, by a name of your choice."),
  "kfaas:lints": z
    .strictObject(lints)
    .optional()
    .describe("How what is sound but probably not meant is taken, by its code in docs/findings.md."),
  "kfaas:driftWatch": driftWatch.optional(),
  "kfaas:knownObjects": z
    .array(z.string().meta({ pattern: knownObjectPattern.source }))
    .optional()
    .describe(
      "Objects of others that kfaas drift need not report, each as in EnvoyFilter istio-system/stats-filter-*; a * at the end stands for any ending.",
    ),
});

export type StackConfigKey = keyof typeof stackConfigShape.shape;
export type StackConfigInput = z.infer<typeof stackConfigShape>;

/** `Pulumi.<stack>.yaml`; keys beside `config`, and those of other namespaces in it, are Pulumi's. */
export const stackFileShape = z
  .looseObject({
    config: stackConfigShape.catchall(z.unknown()).meta({
      description: "The stack's config.",
      additionalProperties: false,
      patternProperties: { "^(?!kfaas:)[^:]+:": true },
    }),
  })
  .meta({
    title: "A stack of KFaaS",
    description: "One cluster: its versions, environments and gateways, and where its service files are.",
  });
