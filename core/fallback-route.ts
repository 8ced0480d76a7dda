import type { Route, Service } from "./service.ts";

/** What an environment's fallback service takes: every path that no other clause matches. istiod moves prefix `/` last by itself. */
export function fallbackRoute(service: Service): Route {
  const { location } = service;
  return {
    matches: [
      {
        path: { kind: "prefix", value: "/", ignoreCase: false },
        methods: [],
        headers: {},
        queryParams: {},
        location,
      },
    ],
    action: { kind: "forward", traffic: [{ service: service.service, weight: 100 }] },
    location,
  };
}
