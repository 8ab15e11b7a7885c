import type { Connection, Reader, Writer } from '@platformatic/kafka';

/** Which request of the protocol, in which of its versions. */
export interface Api {
  readonly key: number;
  readonly version: number;
  /** Whether heads and bodies of this version end in tagged fields. Default false. */
  readonly flexible?: boolean;
}

/** Sends a request, once. Rejects with the client's error. */
export function send<Response>(
  connection: Connection,
  { key, version, flexible = false }: Api,
  payload: () => Writer,
  parse: (id: number, key: number, version: number, reader: Reader) => Response,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    connection.send(key, version, payload, parse, flexible, flexible, (error, response) => {
      if (error !== null || response === undefined) reject(error ?? new Error('a broker gave no answer'));
      else resolve(response);
    });
  });
}
