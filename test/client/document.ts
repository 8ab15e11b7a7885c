// The coordinator's /openapi.json, to hold requests and replies against.
import Ajv, { type ValidateFunction } from 'ajv';

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema?: object }>> }>
  >;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What a running coordinator says of itself. */
export class ApiDocument {
  readonly routes: ReadonlyMap<string, Operation>;
  /** Routes that were asked through `fetch`, as `GET /runs/{runId}`. */
  readonly asked: Set<string> = new Set();
  /** Of those, the ones whose reply was held against its schema. */
  readonly checked: Set<string> = new Set();
  readonly #ajv: Ajv;
  readonly #components: OpenApi['components'];
  readonly #validators: Map<string, ValidateFunction> = new Map();

  private constructor({ paths, components }: OpenApi) {
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    );
    this.routes = new Map(routes);
    this.#components = closed(components) as OpenApi['components'];
    this.#ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  }

  static async of(url: string): Promise<ApiDocument> {
    return new ApiDocument((await (await fetch(`${url}/openapi.json`)).json()) as OpenApi);
  }

  /** Which of them a request goes to. Fails where it is none, or has a parameter that is not described. */
  routeOf(method: string, url: string): string {
    const { pathname, searchParams } = new URL(url);
    const isMatch = ([route]: readonly [string, Operation]): boolean => {
      const [verb = '', path = ''] = route.split(' ');
      const parts = path.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : RegExp.escape(part)));
      return verb === method && new RegExp(`^${parts.join('/')}$`).test(pathname);
    };
    // a route without parameters comes before one with them
    const [found] = [...this.routes].filter(isMatch).sort(([one], [other]) => holes(one) - holes(other));
    if (found === undefined) throw new Error(`${method} ${pathname} is not in the document`);
    const [route, { parameters = [] }] = found;
    const described = parameters.flatMap((each) => (each.in === 'query' ? [each.name] : []));
    const unknown = [...searchParams.keys()].filter((name) => !described.includes(name));
    if (unknown.length > 0) throw new Error(`${route} has no parameter ${unknown.join(', ')}`);
    return route;
  }

  /** `fetch` that fails where a request or its JSON reply is not as the document says. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    const route = this.routeOf(init.method ?? 'GET', url);
    this.asked.add(route);
    if (response.ok && response.headers.get('content-type')?.startsWith('application/json') === true)
      this.check(route, response.status, await response.clone().json());
    return response;
  };

  /** Fails where the reply is not as its schema says, or has a field that it does not name. */
  check(route: string, status: number, reply: unknown): void {
    const schema = this.routes.get(route)?.responses[status]?.content?.['application/json']?.schema;
    if (schema === undefined)
      throw new Error(`${route} gives ${status} with JSON that the document does not describe`);
    const name = `${route} ${status}`;
    const validate =
      this.#validators.get(name) ??
      this.#ajv.compile({ ...(closed(schema) as object), components: this.#components });
    this.#validators.set(name, validate);
    this.checked.add(route);
    if (validate(reply)) return;
    const flaws = (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath} ${message} ${JSON.stringify(params)}`;
    });
    throw new Error(
      `${route} is not as services/coordinator/replies has it:\n${flaws.slice(0, 10).join('\n')}`,
    );
  }
}

const holes = (route: string): number => route.split('{').length;

/** The same schemas, with no other fields than those that they name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, closed(member)] as const);
  const isOpen = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return { ...Object.fromEntries(members), ...(isOpen ? { additionalProperties: false } : {}) };
}
