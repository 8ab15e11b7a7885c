/** Cases of the Transport contract that no client of librdkafka can meet, with the reason. */
export const unmetByLibrdkafka: Readonly<Record<string, string>> = {
  'a group of one > topics of different sizes share partition numbers':
    'its range assignor gives partition p of each topic to one member only where all have as many; join refuses others',
};
