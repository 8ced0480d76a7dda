import * as z from "zod";
import { durationPattern } from "../core/duration.ts";
import {
  labelPattern,
  labelValuePattern,
  maximumLabel,
  serviceNamePattern,
} from "../core/kubernetes-name.ts";

/**
 * The shape of a service file: which keys there are, of which type. Descriptions, patterns and defaults end up in
 * schemas/service.schema.json, where editors show them. What values mean is checked by core/service-rules.ts, so that one wrong value
 * hides no other; patterns and bounds here are for editors only.
 */

const name = (description: string, pattern = labelPattern) =>
  z.string().meta({ description, pattern: pattern.source, maxLength: maximumLabel });

export const duration = (description: string) =>
  z.string().meta({
    description: `${description} A number with a unit, whole milliseconds, for example 10s, 300ms or 1m30s.`,
    pattern: durationPattern.source,
    examples: ["10s"],
  });

const percent = (description: string) => z.number().meta({ description, minimum: 0, maximum: 100 });

const regex = (description: string) => z.string().meta({ description, minLength: 1, maxLength: 1024 });

/** JSON Schema for "exactly one of these keys". */
export const exactlyOne = (...keys: string[]) => ({ oneOf: keys.map((key) => ({ required: [key] })) });

const valueMatchShape = {
  exact: z.string().optional().describe("The whole value, case-sensitive."),
  prefix: z
    .string()
    .optional()
    .meta({ description: "What the value begins with, case-sensitive.", minLength: 1 }),
  regex: regex("RE2; must match the whole value.").optional(),
};

const originMatch = z.strictObject(valueMatchShape).meta({
  description: "Exactly one of exact, prefix and regex.",
  ...exactlyOne("exact", "prefix", "regex"),
});

const valueMatch = z
  .strictObject({
    ...valueMatchShape,
    present: z.literal(true).optional().describe("Any value, as long as there is one."),
  })
  .meta({
    description: "Exactly one of exact, prefix, regex and present.",
    ...exactlyOne("exact", "prefix", "regex", "present"),
  });

export const matchShape = z
  .strictObject({
    exact: z.string().optional().describe("The whole path, without the query."),
    prefix: z
      .string()
      .optional()
      .describe("What the path begins with, as text: /faas/api/saas also takes /faas/api/saas-showroom/."),
    regex: regex("RE2; must match the whole path, without the query.").optional(),
    ignoreCase: z
      .boolean()
      .optional()
      .meta({ description: "Whether exact or prefix ignore case; not for regex.", default: false }),
    method: z
      .array(
        z.string().meta({ examples: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"] }),
      )
      .min(1)
      .optional()
      .describe("Any of these methods. Default: every method."),
    headers: z
      .record(z.string(), valueMatch)
      .optional()
      .describe(
        "Conditions on request headers by name; all must hold. A header sent twice counts as its values joined by a comma.",
      ),
    queryParams: z
      .record(z.string(), valueMatch)
      .optional()
      .describe(
        "Conditions on query parameters by name; all must hold. The first value counts, as sent, undecoded.",
      ),
  })
  .meta({
    description: "The path by exactly one of exact, prefix and regex, and conditions that must hold as well.",
    ...exactlyOne("exact", "prefix", "regex"),
  });

const rewrite = z
  .strictObject({
    uri: z.string().optional().meta({ description: "Replaces the matched prefix or path.", pattern: "^/" }),
    regex: z
      .strictObject({
        match: regex("RE2; what of the path is replaced."),
        replace: z.string().describe("What comes in its place; \\1 and so on stand for the groups of match."),
      })
      .optional()
      .describe("Replaces every part of the path that matches."),
  })
  .meta({
    description:
      "Changes the path before the request is sent on. The authority is always rewritten to the target.",
    ...exactlyOne("uri", "regex"),
  });

export const retries = z
  .strictObject({
    attempts: z
      .number()
      .meta({ description: "How often to try again; 0 switches retries off.", type: "integer", minimum: 0 }),
    perTryTimeout: duration("Limit for each try. Default: the route's timeout.").optional(),
    retryOn: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({
        description: "Conditions of Envoy (x-envoy-retry-on) or status codes. Default: Istio's.",
        examples: [["connect-failure", "refused-stream"]],
      }),
  })
  .describe("Tries again when a try fails. Default: Istio's, 2 attempts where nothing was sent yet.");

const fault = z
  .strictObject({
    delay: z
      .strictObject({
        percent: percent("How many of the requests, in percent."),
        duration: duration("How long they wait."),
      })
      .optional()
      .describe("Lets requests wait before they are sent on."),
    abort: z
      .strictObject({
        percent: percent("How many of the requests, in percent."),
        status: z
          .number()
          .meta({ description: "The status they get.", type: "integer", minimum: 200, maximum: 599 }),
      })
      .optional()
      .describe("Answers requests in place of the service."),
  })
  .meta({ description: "Failures made on purpose, for tests of resilience.", minProperties: 1 });

const cors = z
  .strictObject({
    allowOrigins: z.array(originMatch).optional().describe("Origins that may call, any of them."),
    allowMethods: z.array(z.string()).optional().describe("Methods they may use."),
    allowHeaders: z.array(z.string()).optional().describe("Request headers they may send; * is all."),
    exposeHeaders: z
      .array(z.string())
      .optional()
      .describe("Response headers their scripts may read; * is all."),
    maxAge: duration("How long a browser may remember the answer to a preflight; whole seconds.").optional(),
    allowCredentials: z.boolean().optional().describe("Whether cookies and authorisation may be sent."),
  })
  .describe("Answers to browsers that ask whether a page of another origin may call.");

const headerChanges = z.strictObject({
  set: z
    .record(z.string(), z.string())
    .optional()
    .describe("Headers to write, whatever was there; % is written %%."),
  add: z.record(z.string(), z.string()).optional().describe("Headers to append; % is written %%."),
  remove: z.array(z.string()).optional().describe("Headers to delete."),
});

const headers = z
  .strictObject({
    request: headerChanges.optional().describe("Before the request is sent on."),
    response: headerChanges.optional().describe("Before the response is handed back."),
  })
  .describe("Changes to headers. Host cannot be changed: the authority is always rewritten to the target.");

const mirror = z
  .strictObject({
    service: name("A Knative service in the same namespace.", serviceNamePattern),
    percent: percent("How many of the requests, in percent.").optional().meta({ default: 100 }),
  })
  .describe("Sends a copy to another service as well; its answer is thrown away.");

const targetShape = {
  service: name("A Knative service in the same namespace.", serviceNamePattern),
  tag: name("A traffic tag of that service (spec.traffic[].tag of Knative).").optional(),
};

const destination = z.strictObject({
  ...targetShape,
  weight: z.number().optional().meta({
    description: "Its share, in whole percent. Needed if there are several; default for a single one: 100.",
    type: "integer",
    minimum: 0,
    maximum: 100,
  }),
});

const redirect = z
  .strictObject({
    uri: z
      .string()
      .optional()
      .meta({ description: "The path to go to. Default: the request's.", pattern: "^/" }),
    authority: z
      .string()
      .optional()
      .describe("The host to go to, with or without a port. Default: the request's."),
    scheme: z.enum(["http", "https"]).optional().describe("The scheme to go to. Default: the request's."),
    status: z
      .number()
      .optional()
      .meta({ description: "301, 302, 303, 307 or 308.", enum: [301, 302, 303, 307, 308], default: 301 }),
  })
  .describe("Sends the client elsewhere, in place of traffic; at least one of uri, authority and scheme.");

const directResponse = z
  .strictObject({
    status: z.number().meta({ description: "The status.", type: "integer", minimum: 200, maximum: 599 }),
    body: z.string().optional().describe("The body, as text. Default: none."),
  })
  .describe("Answers at the gateway, in place of traffic.");

/** One route, with every key optional or of plain type: see `serviceFileShape`. */
export const routeShape = z
  .strictObject({
    name: name("How the route is called in access logs and findings; unique in the file.").optional(),
    match: z.array(matchShape).min(1).describe("The route applies if any of these matches."),
    rewrite: rewrite.optional(),
    timeout: duration("Limit for the whole request, retries included. Default: none.").optional(),
    retries: retries.optional(),
    fault: fault.optional(),
    cors: cors.optional(),
    headers: headers.optional(),
    mirror: mirror.optional(),
    traffic: z
      .array(destination)
      .min(1)
      .optional()
      .describe("Who gets the requests; weights add up to 100. Default: all to this file's service."),
    redirect: redirect.optional(),
    directResponse: directResponse.optional(),
  })
  .meta({
    description: "Requests and what happens to them.",
    allOf: [
      { not: { required: ["traffic", "redirect"] } },
      { not: { required: ["traffic", "directResponse"] } },
      { not: { required: ["redirect", "directResponse"] } },
    ],
  });

const preview = z
  .strictObject({
    to: z
      .strictObject(targetShape)
      .describe("Who gets the marked requests; one of a route's traffic, where its weight may be 0."),
    header: z
      .string()
      .optional()
      .meta({ description: "The header that marks a request; sent once.", examples: ["x-preview"] }),
    cookie: z
      .string()
      .optional()
      .meta({ description: "The cookie that marks a request.", examples: ["preview"] }),
    value: z.string().meta({ description: "Its whole value, case-sensitive.", examples: ["green"] }),
  })
  .meta({
    description:
      "Sends marked requests to one side of every split that it is part of, whatever the weights. Exactly one of header and cookie.",
    ...exactlyOne("header", "cookie"),
  });

const release = z
  .strictObject({
    steps: z
      .array(z.number().meta({ type: "integer", minimum: 1, maximum: 100 }))
      .min(1)
      .meta({
        description:
          "The plan that `kfaas release` follows: percentages for the new version, ascending, ending with 100.",
        examples: [[1, 10, 50, 100]],
      }),
    preview: preview.optional(),
  })
  .describe("How a new version takes over.");

/** A service file but for its routes. */
export const identityShape = z.strictObject({
  namespace: name(
    "Namespace of the Knative service. Default: faas-<environment>; needed in the folder of a domain.",
  ).optional(),
  service: name("The Knative service. Default: the file's name.", serviceNamePattern).optional(),
  team: z
    .string()
    .optional()
    .meta({ description: "Who to ask.", pattern: labelValuePattern.source, maxLength: maximumLabel }),
  yieldsTo: z
    .array(z.string())
    .optional()
    .describe(
      "File names of services in the same environment that get the requests which both match. Settles partial overlaps only.",
    ),
  weightsManagedBy: z.string().optional().meta({
    description:
      "Who else sets the weights, for example flagger. Then `up` and `kfaas release` leave those on the cluster alone; the file's are where they begin.",
    pattern: labelValuePattern.source,
  }),
  release: release.optional(),
});

/** `stacks/<folder>/<environment>/<service>.yaml` */
export const serviceFileShape = identityShape
  .extend({
    routes: z
      .array(routeShape)
      .min(1)
      .describe("In order of precedence where two of them match the same requests."),
  })
  .meta({
    title: "Routes of a Knative service",
    description: "Which requests of an environment go to a Knative service, and how.",
  });

export type RouteInput = z.infer<typeof routeShape>;
export type MatchInput = z.infer<typeof matchShape>;
export type IdentityInput = z.infer<typeof identityShape>;
export type PreviewInput = z.infer<typeof preview>;
export type ValueMatchInput = z.infer<typeof valueMatch>;
export type OriginMatchInput = z.infer<typeof originMatch>;
