// Imported before the tests: has test/harness.ts collect the cases on Bun too, instead of handing them to its runner.
export {};

Object.assign(globalThis, { requiteCollectsCases: true });
