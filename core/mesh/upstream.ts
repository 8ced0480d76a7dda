import type { ExitGateway, Upstream } from "../exit-gateway.ts";
import { javaGatewayName, serviceHost, systemNamespace } from "./names.ts";

/** Where the exit gateway sends requests on to, whoever runs it. */
export function upstreamOf(exit: ExitGateway): Upstream {
  return exit.mode === "managed"
    ? exit.upstream
    : { host: serviceHost(javaGatewayName, systemNamespace), port: 80 };
}

/** Namespace of an upstream that is a Service of the cluster; undefined for one outside. */
export function clusterNamespace({ host }: Pick<Upstream, "host">): string | undefined {
  return /^[^.]+\.([^.]+)\.svc\.cluster\.local$/.exec(host)?.[1];
}
