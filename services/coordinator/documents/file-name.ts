// What a bill's file is called, where it leaves us.

/**
 * The file name of a bill: its workflow-id where that is safe as a name on every system, else the id's SHA-256. An id that
 * looks like a hash is not: it could take the name of another. The bill writer names its files alike.
 */
export function billFileName(workflowId: string, extension: string): string {
  const safe = /^[A-Za-z0-9_-]{1,128}$/.test(workflowId) && !/^[0-9a-f]{64}$/i.test(workflowId);
  const name = safe ? workflowId : new Bun.CryptoHasher('sha256').update(workflowId).digest('hex');
  return `${name}.${extension}`;
}

/**
 * A Content-Disposition that has the browser save the file (RFC 6266). `safe` is letters, digits, `_`, `-` and `.`;
 * where the id is more than that, clients that know how are told a name that is closer to it (RFC 8187).
 */
export function attachment(safe: string, id: string, extension: string): string {
  const plain = `attachment; filename="${safe}"`;
  const close = Array.from(id)
    .slice(0, 100)
    .join('')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
    .replace(/[\0-\x1f\x7f-\x9f"*/:<>?\\|%;\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}]/gu, '_')
    .replace(/^[.\s]+|[.\s]+$|^$/g, '_');
  const name = `${close}.${extension}`;
  return name === safe ? plain : `${plain}; filename*=UTF-8''${extended(name)}`;
}

/** The characters that may stand for themselves are fewer than those that encodeURIComponent leaves. */
function extended(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
