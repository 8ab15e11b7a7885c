import type { AnyWorkflow } from './definition.ts';

/** The definitions that a process has, by type and version. */
export class Definitions {
  private readonly byType: Map<string, Map<number, AnyWorkflow>> = new Map();
  private readonly newest: Map<string, AnyWorkflow> = new Map();
  /** Every topic that some definition expects events on. */
  readonly expectedTopics: readonly string[];

  /** Throws RangeError where two definitions share type and version. */
  constructor(definitions: readonly AnyWorkflow[]) {
    for (const definition of definitions) {
      const versions = this.byType.get(definition.type) ?? new Map<number, AnyWorkflow>();
      if (versions.has(definition.version)) {
        throw new RangeError(
          `workflow ${definition.type} has two definitions of version ${definition.version}: give each its own version`,
        );
      }
      versions.set(definition.version, definition);
      this.byType.set(definition.type, versions);
      if (definition.version >= Math.max(...versions.keys())) this.newest.set(definition.type, definition);
    }
    this.expectedTopics = [...new Set(definitions.flatMap(({ expects }) => expects))];
  }

  has(type: string): boolean {
    return this.byType.has(type);
  }

  get(type: string, version: number): AnyWorkflow | undefined {
    return this.byType.get(type)?.get(version);
  }

  /** The newest version of a type: the one that new jobs begin under. */
  latest(type: string): AnyWorkflow | undefined {
    return this.newest.get(type);
  }

  /** The types that expect events on a topic. */
  expecting(topic: string): readonly string[] {
    return [...this.byType].flatMap(([type, versions]) =>
      [...versions.values()].some(({ expects }) => expects.includes(topic)) ? [type] : [],
    );
  }
}
