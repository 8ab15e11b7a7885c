/**
 * What our parser hands to Elysia: a body that is read by the hook after it, once it is known that the client may use
 * the route, which Elysia's parsers can't tell. Its schemas check what the parser gave, so that it is filled in here.
 */
export class LaterBody {
  value: unknown = undefined;
}
