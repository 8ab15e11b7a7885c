/** Records of one content on a topic. */
interface ContentTally {
  readonly hash: string;
  readonly count: number;
  /** Where the first `MAX_OFFSETS` of them lie. */
  readonly offsets: readonly number[];
  /** Where the latest of them lies. */
  readonly last: number;
}

/**
 * The records that say the same kind of thing (the requests of a workflow, the answers to a question), by content, in
 * log order of each content's first. What was refused before it could count comes from another topic, so it is kept
 * beside and taken off only when somebody asks: so the order in which topics are read makes no difference.
 */
export interface Tally {
  readonly contents: readonly ContentTally[];
  /** Records of contents beyond the first `MAX_CONTENTS`. */
  readonly further: number;
  /** Refused before they counted, by content. */
  readonly refused: readonly { readonly hash: string; readonly count: number }[];
  /** Refused because they contradict the first, by content. */
  readonly contradicted: readonly { readonly hash: string; readonly count: number }[];
  /** The highest origin offset among those that letters name: a letter that is published again is no new one. */
  readonly refusedUpTo: number;
  /** Contents that can never count, whenever they come: they don't fit what was asked. */
  readonly unfit: readonly string[];
}

/** So many contents of one thing are told apart; further ones are only counted. */
const MAX_CONTENTS = 16;
const MAX_OFFSETS = 8;

export const NO_TALLY: Tally = {
  contents: [],
  further: 0,
  refused: [],
  contradicted: [],
  refusedUpTo: -1,
  unfit: [],
};

/** One more record of this content, at this offset. */
export function counted(tally: Tally, hash: string, offset: number): Tally {
  const known = tally.contents.some((each) => each.hash === hash);
  if (!known && tally.contents.length >= MAX_CONTENTS) return { ...tally, further: tally.further + 1 };
  const contents = known
    ? tally.contents.map((each) => (each.hash === hash ? oneMore(each, offset) : each))
    : [...tally.contents, { hash, count: 1, offsets: [offset], last: offset }];
  return { ...tally, contents };
}

function oneMore({ hash, count, offsets, last }: ContentTally, offset: number): ContentTally {
  return {
    hash,
    count: count + 1,
    offsets: offsets.length < MAX_OFFSETS ? [...offsets, offset] : offsets,
    last: Math.max(last, offset),
  };
}

/** One record of this content was refused; `origin` is its offset, null where that is not known. */
export function refusedOnce(
  tally: Tally,
  how: 'refused' | 'contradicted',
  hash: string,
  origin: number | null,
): Tally {
  if (origin !== null && origin <= tally.refusedUpTo) return tally;
  const before = tally[how];
  const known = before.some((each) => each.hash === hash);
  const after = known
    ? before.map((each) => (each.hash === hash ? { hash, count: each.count + 1 } : each))
    : [...before, { hash, count: 1 }].slice(0, MAX_CONTENTS);
  return { ...tally, [how]: after, refusedUpTo: Math.max(tally.refusedUpTo, origin ?? -1) };
}

/** Records of this content never count. */
export function unfitEver(tally: Tally, hash: string): Tally {
  if (tally.unfit.includes(hash) || tally.unfit.length >= MAX_CONTENTS) return tally;
  return { ...tally, unfit: [...tally.unfit, hash] };
}

/** How the records of a tally stand; the four add up to all that were seen. */
export interface Counting {
  /** Of the first content that counts. */
  readonly first: number;
  /** Of the contents after it. */
  readonly others: number;
  readonly unfit: number;
  readonly refused: number;
  /** The first content that counts; null where none does. */
  readonly hash: string | null;
  /** The offset of the latest record that counts; -1 where none does. */
  readonly last: number;
}

/** Takes off what never counted: of what was refused, the first records of its content. */
export function counting(tally: Tally): Counting {
  const left = tally.contents.map((content) => {
    const isUnfit = tally.unfit.includes(content.hash);
    const off = tally.refused.find(({ hash }) => hash === content.hash)?.count ?? 0;
    const refused = isUnfit ? 0 : Math.min(content.count, off);
    const unfit = isUnfit ? content.count : 0;
    const start = content.offsets[refused] ?? content.last;
    return { ...content, count: content.count - refused - unfit, refused, unfit, start };
  });
  const standing = left.filter(({ count }) => count > 0).sort((one, other) => one.start - other.start);
  const [first, ...others] = standing;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    first: first?.count ?? 0,
    others: sum(others.map(({ count }) => count)) + tally.further,
    unfit: sum(left.map(({ unfit }) => unfit)),
    refused: sum(left.map(({ refused }) => refused)),
    hash: first?.hash ?? null,
    last: Math.max(-1, ...standing.map(({ last }) => last)),
  };
}
