// Replies about dead letters.
import { Type } from '@sinclair/typebox';
import { count, nextLink, orNull, text, time } from './reply.ts';

const place = { partition: count('Of dead-letters'), offset: count('Of dead-letters') };

const origin = Type.Object({
  topic: text('Where it came from; empty where the letter does not say'),
  partition: orNull(Type.Integer({ minimum: 0 })),
  offset: orNull(Type.Integer({ minimum: 0 })),
});

const replays = {
  replayOf: orNull(Type.String(), 'partition/offset of the letter whose replay was refused again'),
  replayedAt: orNull(time('When'), 'When it was replayed last; null where it never was'),
};

const said = {
  ...place,
  time: time('When it was refused'),
  reason: text('Stable, such as invalid-input'),
  detail: Type.String(),
  origin,
};

export const ListedDeadLetter = Type.Object(
  {
    ...said,
    key: orNull(Type.String()),
    ...replays,
    links: Type.Object({ self: Type.String() }),
  },
  { title: 'ListedDeadLetter', description: 'A record that was refused, without the record itself.' },
);

export const DeadLettersPage = Type.Object(
  {
    deadLetters: Type.Array(ListedDeadLetter, { description: 'By partition and offset' }),
    links: Type.Object({ self: Type.String(), next: nextLink }),
  },
  { title: 'DeadLettersPage', description: 'One page of the dead letters.' },
);

const bytes = Type.Union([Type.String(), Type.Object({ base64: Type.String() }), Type.Null()], {
  title: 'Payload',
  description: 'Text where the bytes are UTF-8, else in base64; null where there are none.',
});

export const DeadLetter = Type.Object(
  {
    id: text('partition/offset'),
    ...said,
    headers: Type.Record(Type.String(), Type.String()),
    key: bytes,
    value: bytes,
    ...replays,
    links: Type.Object({ self: Type.String(), replay: Type.String() }),
  },
  { title: 'DeadLetter', description: 'A record that was refused, as it came.' },
);

export const ReplayedDeadLetter = Type.Object(
  {
    ...place,
    topic: text('Where it is again'),
    toPartition: count('Of that topic'),
    links: Type.Object({ self: Type.String() }),
  },
  { title: 'ReplayedDeadLetter', description: 'A dead letter that was put back.' },
);

export const ReplayedDeadLetters = Type.Object(
  {
    dryRun: Type.Boolean(),
    matched: count('Letters that were looked at'),
    replayed: Type.Array(
      Type.Object({ ...place, topic: Type.String(), to: count('The partition of that topic') }),
    ),
    refused: Type.Array(Type.Object({ ...place, code: Type.String(), detail: Type.String() })),
    after: orNull(Type.String(), 'Where to go on, as partition/offset; null where nothing is left'),
  },
  { title: 'ReplayedDeadLetters', description: 'What was put back, or would be.' },
);
