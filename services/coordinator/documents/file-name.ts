// What a bill's file is called, where it leaves us.

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
