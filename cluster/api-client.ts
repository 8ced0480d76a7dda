import { setTimeout as sleep } from "node:timers/promises";
import {
  createConfiguration,
  HttpMethod,
  type KubeConfig,
  ServerConfiguration,
} from "@kubernetes/client-node";
import { ClusterError } from "./cluster-error.ts";

/** The API server's refusal of one request. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const defaultTimeout = 60_000;
/** Pauses before a request is sent again, in milliseconds; the server may ask for longer ones. */
const pauses = [500, 1_000, 2_000, 4_000];
const longestPause = 30_000;

/**
 * Asks an API server for plain JSON: the client library's classes would drop every field that they do not know. Answers 429 and 5xx
 * are asked again a few times.
 */
export class ApiClient {
  readonly #kubeconfig: KubeConfig;
  readonly #timeout: number;
  readonly #configuration;

  /** @param timeout of each request, in milliseconds */
  constructor(kubeconfig: KubeConfig, timeout: number = defaultTimeout) {
    this.#kubeconfig = kubeconfig;
    this.#timeout = timeout;
    const server = kubeconfig.getCurrentCluster()?.server ?? "";
    this.#configuration = createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: kubeconfig },
    });
  }

  /** For messages. */
  get cluster(): string {
    return `cluster of context "${this.#kubeconfig.getCurrentContext()}" (${this.#kubeconfig.getCurrentCluster()?.server ?? ""})`;
  }

  /**
   * @param path with the query, for example `/api/v1/namespaces?limit=500`
   * @throws ApiRefusal with the server's code, ClusterError if it cannot be reached
   */
  async get(path: string): Promise<unknown> {
    return this.#send(HttpMethod.GET, path);
  }

  /** @throws ApiRefusal with the server's code, ClusterError if it cannot be reached */
  async patch(path: string, contentType: string, body: unknown): Promise<unknown> {
    return this.#send(HttpMethod.PATCH, path, { contentType, text: JSON.stringify(body) });
  }

  async #send(
    method: HttpMethod,
    path: string,
    body?: { readonly contentType: string; readonly text: string },
  ): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const { code, headers, text } = await this.#sendOnce(method, path, body);
      if (code >= 200 && code < 300) return JSON.parse(text) as unknown;
      const pause = pauses[attempt];
      if (pause === undefined || (code !== 429 && code < 500))
        throw new ApiRefusal(code, messageOf(text, code));
      const asked = Number(headers["retry-after"] ?? 0) * 1_000;
      await sleep(Math.min(Math.max(pause, Number.isNaN(asked) ? 0 : asked), longestPause));
    }
  }

  async #sendOnce(
    method: HttpMethod,
    path: string,
    body: { readonly contentType: string; readonly text: string } | undefined,
  ): Promise<{ code: number; headers: Record<string, string>; text: string }> {
    const request = this.#configuration.baseServer.makeRequestContext(path, method);
    request.setHeaderParam("Accept", "application/json");
    request.setSignal(AbortSignal.timeout(this.#timeout));
    if (body !== undefined) {
      request.setHeaderParam("Content-Type", body.contentType);
      request.setBody(body.text);
    }
    try {
      await this.#kubeconfig.applySecurityAuthentication(request);
      const response = await this.#configuration.httpApi.send(request).toPromise();
      return { code: response.httpStatusCode, headers: response.headers, text: await response.body.text() };
    } catch (error) {
      throw new ClusterError(`${this.cluster} cannot be reached: ${reason(error)}`);
    }
  }
}

function messageOf(text: string, code: number): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === "string" && message !== "") return message;
  } catch {
    // Whatever answered is no API server, or a proxy before it.
  }
  return `answer ${code}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" || error.name === "TimeoutError") return "no answer in time";
  // node-fetch repeats the URL before it comes to the point.
  return /reason: (.+)$/.exec(error.message)?.[1] ?? error.message;
}
