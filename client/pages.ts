/** What is known of a page: what is on it, and where the next one begins; null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly after: string | null;
}

/** The items of all pages, each page asked for when it is come to. */
export async function* itemsOf<T>(
  pageAfter: (after: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  for (let after: string | undefined; ; ) {
    const page = await pageAfter(after);
    yield* page.items;
    if (page.after === null) return;
    after = page.after;
  }
}

/** Where the next page begins, as `links.next` says. */
export function afterIn({ next }: { readonly next?: string }): string | null {
  if (next === undefined) return null;
  return new URLSearchParams(next.slice(next.indexOf('?') + 1)).get('after');
}
