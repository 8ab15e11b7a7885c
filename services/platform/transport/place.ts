/** A partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** What a place is known by in a map. */
export function placeKey({ topic, partition }: Place): string {
  return `${partition} ${topic}`;
}
