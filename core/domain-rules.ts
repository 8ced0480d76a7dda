import type { CertificateFacts } from "./certificate.ts";
import { coversHost } from "./certificate.ts";
import { type Domain, isDomainName, type SecretCertificate } from "./domain.ts";
import { checkHost, checkLabel, checkLabelValue, maximumLabel } from "./kubernetes-name.ts";
import { domainObjectName } from "./mesh/names.ts";
import { compareProblems, type Problem } from "./problem.ts";
import type { Service } from "./service.ts";
import type { DomainGateway, Gateways, Stack } from "./stack.ts";
import { below, type Violation } from "./violation.ts";

/** Of a certificate whose last day is nearer than this, people are told. */
const noticeDays = 30;

/** Checks the name of a domain. Istio calls a Gateway by one DNS label, and ours by the host. */
export function checkDomainName(host: string): Violation[] {
  const violations = checkHost("the domain", host);
  if (violations.length > 0) return violations;
  if (host.endsWith(".cluster.local")) {
    return [
      violation(
        "invalid-host",
        `the domain ${host} is a name of the cluster's own`,
        "write the name that clients know",
      ),
    ];
  }
  const tooMany = domainObjectName(host).length - maximumLabel;
  if (tooMany <= 0) return [];
  return [
    violation(
      "name-too-long",
      `the domain ${host} is ${String(tooMany)} characters too long for the name of a Gateway`,
      "choose a shorter one",
    ),
  ];
}

/** Checks where a gateway of business or intranet hosts runs. */
export function checkDomainGateway({ namespace, selector }: DomainGateway): Violation[] {
  return [
    ...below(["namespace"], checkLabel("the namespace", namespace)),
    ...(Object.keys(selector).length > 0
      ? []
      : below(
          ["selector"],
          [
            violation(
              "too-few",
              "the selector is empty, and so would select every gateway of the mesh",
              "write the labels of the gateway's pods, for example istio: ingressgateway",
            ),
          ],
        )),
    ...Object.entries(selector).flatMap(([label, value]) =>
      below(["selector", label], checkLabelValue("the label", value)),
    ),
  ];
}

/**
 * What speaks against a stack's domains: gateways that are not there or not apart, and certificates that clients would not accept.
 * @param today `YYYY-MM-DD`
 */
export function checkDomains(stack: Stack, today: string): Problem[] {
  return [
    ...checkApart(stack),
    ...checkObjectNames(stack.domains),
    ...stack.services.flatMap(checkNoMirrors),
    ...stack.domains.flatMap((domain) => [
      ...checkGatewayOf(domain, stack.gateways),
      ...(domain.certificate.kind === "secret"
        ? checkCertificate(domain, domain.certificate, stack.domains, today)
        : []),
    ]),
  ].sort(compareProblems);
}

function checkGatewayOf(domain: Domain, gateways: Gateways): Problem[] {
  if (gateways[domain.gateway] !== undefined) return [];
  return [
    problem(
      domain,
      "missing-domain-gateway",
      `${domain.name} is to be served by the ${domain.gateway} gateway, and the stack has none`,
      `describe its pods: kfaas:gateways: { ${domain.gateway}: { mode: existing, namespace: …, selector: { … } } }`,
    ),
  ];
}

/** A pod that both selectors select would serve intranet hosts to the internet. */
function checkApart({ name, gateways: { business, intranet } }: Stack): Problem[] {
  if (business === undefined || intranet === undefined) return [];
  const isApart = Object.entries(business.selector).some(
    ([label, value]) => intranet.selector[label] !== undefined && intranet.selector[label] !== value,
  );
  if (isApart) return [];
  return [
    {
      code: "domain-gateways-overlap",
      severity: "error",
      message:
        "a pod may have the labels of the business and of the intranet gateway, and would show intranet hosts to the internet",
      fix: "let the selectors have a label in common, with different values",
      services: [],
      location: { file: `Pulumi.${name}.yaml` },
    },
  ];
}

function checkObjectNames(domains: readonly Domain[]): Problem[] {
  return domains.flatMap((domain, index) => {
    const name = domainObjectName(domain.name);
    const other = domains.slice(0, index).find((earlier) => domainObjectName(earlier.name) === name);
    if (other === undefined) return [];
    return [
      {
        ...problem(
          domain,
          "name-collision",
          `${domain.name} and ${other.name} would both be rendered as Gateway ${name}`,
          "give one of them another name",
        ),
        related: [other.location],
      },
    ];
  });
}

/** Mirrored requests pass the entry gateway (see mesh/mirror.ts), which lets in none of them but from its own pods. */
function checkNoMirrors({ name, environment, routes }: Service): Problem[] {
  if (!isDomainName(environment)) return [];
  return routes
    .filter(({ action }) => action.kind === "forward" && action.mirror !== undefined)
    .map(({ location }) => ({
      ...problem(
        { name: environment, location },
        "mirror-on-domain",
        `${name} mirrors requests of ${environment}, and only those of environments can be mirrored`,
        "leave the mirror out",
      ),
      services: [name],
    }));
}

function checkCertificate(
  domain: Domain,
  certificate: SecretCertificate,
  domains: readonly Domain[],
  today: string,
): Problem[] {
  const [own, ...issuers] = certificate.certificates;
  if (own === undefined) return [];
  const { name, keyMatches } = certificate;
  const about = { ...domain, location: certificate.location };
  const problems: Problem[] = [];
  if (!coversHost(own, domain.name)) {
    const names = own.dnsNames.length === 0 ? "no DNS name" : own.dnsNames.join(", ");
    problems.push(
      problem(
        about,
        "certificate-host",
        `certificate ${name} is for ${names}, not for ${domain.name}`,
        "get one whose subject alternative names have the host; a wildcard stands for one label",
      ),
    );
  }
  if (keyMatches === false) {
    problems.push(
      problem(
        about,
        "certificate-key",
        `the private key of certificate ${name} belongs to another certificate`,
        `store the key that ${own.subject} was requested with`,
      ),
    );
  }
  if (keyMatches === undefined) {
    problems.push({
      ...problem(
        about,
        "certificate-key-unread",
        `whether the private key of certificate ${name} belongs to it is checked by pulumi preview and up: here it is encrypted`,
        "nothing to do",
      ),
      severity: "info",
    });
  }
  problems.push(
    ...checkOrder(about, name, certificate.certificates),
    ...[own, ...issuers].flatMap((each) => checkDays(about, name, each, today)),
    ...checkShared(about, own, domains),
  );
  return problems;
}

function checkOrder(domain: Domain, name: string, certificates: readonly CertificateFacts[]): Problem[] {
  return certificates.flatMap(({ subject, issuedByNext }, index) =>
    issuedByNext === false
      ? problem(
          domain,
          "certificate-chain-order",
          `in the chain of certificate ${name}, ${subject} was not issued by the next one, ${certificates[index + 1]?.subject ?? ""}`,
          "begin with the host's own certificate; let each be followed by its issuer's",
        )
      : [],
  );
}

function checkDays(
  domain: Domain,
  name: string,
  { subject, firstDay, lastDay }: CertificateFacts,
  today: string,
): Problem[] {
  if (today < firstDay) {
    const message = `${subject} in certificate ${name} is not valid before ${firstDay}`;
    return [problem(domain, "certificate-not-yet-valid", message, "wait, or use the one before")];
  }
  const days = (Date.parse(lastDay) - Date.parse(today)) / 86_400_000;
  if (days >= noticeDays) return [];
  const fix = "renew it, and store the new certificate with its key";
  if (days <= 0) {
    const message = `${subject} in certificate ${name} expires on ${lastDay}, which is not in the future`;
    return [problem(domain, "certificate-expired", message, fix)];
  }
  const message = `${subject} in certificate ${name} expires on ${lastDay}, in ${String(days)} days`;
  return [{ ...problem(domain, "certificate-expires-soon", message, fix), severity: "warning" }];
}

/** https://istio.io/latest/docs/ops/common-problems/network-issues/#404-errors-occur-when-multiple-gateways-configured-with-same-tls-certificate */
function checkShared(domain: Domain, own: CertificateFacts, domains: readonly Domain[]): Problem[] {
  const others = domains
    .filter(
      ({ name, gateway }) => name !== domain.name && gateway === domain.gateway && coversHost(own, name),
    )
    .map(({ name }) => name);
  if (others.length === 0) return [];
  return [
    {
      ...problem(
        domain,
        "certificate-shared",
        `the certificate of ${domain.name} is also for ${others.join(", ")}: a browser that has asked one host uses the same connection for the others, and gets 404`,
        "give each host a certificate that is for that host only",
      ),
      severity: "warning",
    },
  ];
}

function problem(
  { name, location }: Pick<Domain, "name" | "location">,
  code: string,
  message: string,
  fix: string,
): Problem {
  return { code, severity: "error", message, fix, environment: name, services: [], location };
}

function violation(code: string, message: string, fix: string): Violation {
  return { code, path: [], message, fix };
}
