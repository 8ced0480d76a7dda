import { compact } from "../compact.ts";
import type { ClientCertificate, EntryClients, ManagedEntryGateway, Stack } from "../stack.ts";
import { renderDestinationRule } from "./destination-rule.ts";
import { type GatewayListener, podPorts, renderGateway, selector } from "./gateway.ts";
import type { Hops } from "./hops.ts";
import type { AuthorizationPolicy } from "./istio.ts";
import { mirrorPort, renderMirrorVirtualServices } from "./mirror.ts";
import {
  entryClientsName,
  entryGatewayName,
  entryNextHopName,
  environmentHost,
  gatewayReference,
  systemNamespace,
} from "./names.ts";
import type { EntryObjects } from "./plan.ts";
import type { VersionProfile } from "./version-profile.ts";

/** The entry gateway: the Java gateway calls the environments' hosts there, and mirrored requests pass it once more. */
export function renderEntry(
  entry: ManagedEntryGateway,
  stack: Stack,
  hops: Hops,
  profile: VersionProfile,
): EntryObjects {
  const { clients } = entry;
  const mirrors = renderMirrorVirtualServices(stack.services, hops, profile);
  const mirrorHosts = [...new Set(mirrors.flatMap(({ spec }) => spec.hosts))];
  // Only VirtualServices of kfaas-system, and only for these hosts.
  const hosts = stack.environments.map(({ name }) => gatewayReference(environmentHost(name)));
  const nextHop = renderDestinationRule(
    { name: entryNextHopName, host: hops.clusterLocal.serviceHost },
    entry,
    profile,
  );
  return {
    ...renderGateway(
      {
        name: entryGatewayName,
        component: "entry-gateway",
        hosts: takesHttp(entry) ? hosts : [],
        listeners: [
          ...(clients?.certificate ? [httpsListener(clients.certificate, hosts)] : []),
          ...(mirrorHosts.length > 0 ? [mirrorListener(mirrorHosts)] : []),
        ],
        readsSecrets: clients?.certificate?.secret !== undefined,
        scaling: entry,
      },
      profile,
    ),
    mirrors,
    ...(nextHop && { nextHop }),
    ...(clients && { clients: renderClients(clients, mirrorHosts, profile) }),
  };
}

/** Whether requests without TLS are taken. */
export function takesHttp({ clients }: ManagedEntryGateway): boolean {
  return clients?.certificate?.alsoHttp ?? true;
}

/** Whoever shows no certificate with one of the names fails in the handshake, before there is a request. */
function httpsListener(certificate: ClientCertificate, hosts: readonly string[]): GatewayListener {
  const { mode, secret, subjectAltNames } = certificate;
  return {
    name: "https",
    port: 443,
    podPort: podPorts.https,
    protocol: "HTTPS",
    hosts,
    tls: compact({
      mode: mode === "mutual" ? ("MUTUAL" as const) : ("ISTIO_MUTUAL" as const),
      credentialName: secret,
      subjectAltNames: [...subjectAltNames],
    }),
  };
}

/**
 * A port of its own, which the network policies open to the entry gateway alone: on the ordinary one, whoever may enter could write
 * a mirrored request's Host and header himself and so reach any service that others mirror to, at any path.
 */
function mirrorListener(hosts: readonly string[]): GatewayListener {
  return {
    name: "http-mirror",
    port: mirrorPort,
    podPort: podPorts.mirror,
    protocol: "HTTP",
    hosts: hosts.map((host) => gatewayReference(host)),
  };
}

/**
 * Only from these addresses. `ipBlocks` is who opened the connection; `remoteIpBlocks` would believe X-Forwarded-For. Mirrored
 * requests come from the gateway's own pods, whose addresses nobody knows: they are allowed by their hosts, which no port but the
 * mirrors' serves. Certificates need no rule: who has shown none of the right names has not got through the handshake.
 */
function renderClients(
  { addresses }: EntryClients,
  mirrorHosts: readonly string[],
  profile: VersionProfile,
): AuthorizationPolicy {
  return {
    apiVersion: profile.securityApiVersion,
    kind: "AuthorizationPolicy",
    metadata: { name: entryClientsName, namespace: systemNamespace },
    spec: {
      selector: { matchLabels: selector(entryGatewayName) },
      action: "ALLOW",
      rules: [
        { from: [{ source: { ipBlocks: [...addresses] } }] },
        ...(mirrorHosts.length === 0 ? [] : [{ to: [{ operation: { hosts: [...mirrorHosts] } }] }]),
      ],
    },
  };
}
