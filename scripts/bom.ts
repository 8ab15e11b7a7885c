/** The bill of materials of a checkout, as `bun run sbom` writes it: CycloneDX 1.6 of what bun.lock has for production. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A package in bun.lock: name@version, registry, what it needs, and its checksum. */
type LockedPackage = readonly [id: string, registry: string, needs: Needs, integrity: string];

interface Needs {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalPeers?: readonly string[];
  /** Set for a package that is for some platforms only, and so is not everywhere. */
  readonly os?: unknown;
  readonly cpu?: unknown;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface License {
  readonly license?: { readonly id?: string; readonly name?: string };
  readonly expression?: string;
}

interface Component {
  readonly type: 'library' | 'application';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly scope?: 'required' | 'optional';
  readonly description?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly License[];
  readonly purl: string;
}

export interface Bom {
  readonly $schema: string;
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly version: 1;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Gives the `license` of a package's own package.json, by its place in node_modules; undefined where it isn't there. */
export type LicenseOf = (place: string) => unknown;

/** The list for this manifest and lockfile. Throws where the lockfile lacks what something needs. */
export function bomOf(manifest: Manifest, lock: Lockfile, licenseOf: LicenseOf): Bom {
  const found = new Map<string, Found>();
  const direct = Object.keys(manifest.dependencies ?? {}).map((name) => visit('', name, false, lock, found));
  const components = [...found].map(([place, each]) => componentOf(place, each, lock, licenseOf));
  const root: Component = {
    type: 'application',
    'bom-ref': purlOf(manifest.name, manifest.version),
    ...splitName(manifest.name),
    version: manifest.version,
    ...(manifest.description === undefined ? {} : { description: manifest.description }),
    licenses: licensesOf(manifest.license),
    purl: purlOf(manifest.name, manifest.version),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: root },
    components: distinct(components).toSorted(byRef),
    dependencies: dependenciesOf(root['bom-ref'], direct, found, lock),
  };
}

interface Found {
  /** The places of what it needs. */
  readonly needs: string[];
  /** Whether only optional dependencies lead to it: a package for another platform, say. */
  isOptional: boolean;
}

/** Finds a package and all that it needs; returns its place. The nearest one counts, as in node_modules. */
function visit(
  from: string,
  name: string,
  isOptional: boolean,
  lock: Lockfile,
  found: Map<string, Found>,
): string {
  const place = placeOf(from, name, lock);
  const known = found.get(place);
  if (known !== undefined && (isOptional || !known.isOptional)) return place;
  const entry: Found = known ?? { needs: [], isOptional };
  entry.isOptional = isOptional;
  entry.needs.length = 0;
  found.set(place, entry);
  const [, , needs] = locked(place, lock);
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, optionalPeers = [] } = needs;
  const peers = Object.keys(peerDependencies).filter((peer) => !optionalPeers.includes(peer));
  for (const each of [...Object.keys(dependencies), ...peers])
    entry.needs.push(visit(place, each, isOptional, lock, found));
  // an optional peer is installed too where something else, be it for development, has brought it into the lockfile
  for (const each of [...Object.keys(optionalDependencies), ...optionalPeers])
    if (isLocked(place, each, lock)) entry.needs.push(visit(place, each, true, lock, found));
  return place;
}

function placeOf(from: string, name: string, lock: Lockfile): string {
  for (const candidate of candidatesFor(from, name))
    if (Object.hasOwn(lock.packages, candidate)) return candidate;
  throw new Error(
    `bun.lock has no ${name}, which ${from || 'package.json'} needs: run bun install, and look at what changed.`,
  );
}

const isLocked = (from: string, name: string, lock: Lockfile): boolean =>
  candidatesFor(from, name).some((candidate) => Object.hasOwn(lock.packages, candidate));

/** Beneath what needs it, then beneath each that holds that, then at the top. */
function candidatesFor(from: string, name: string): readonly string[] {
  const holders = from === '' ? [] : segmentsOf(from);
  return [...holders.map((_, at) => [...holders.slice(0, holders.length - at), name].join('/')), name];
}

/** A place is names of packages with slashes between, and a scoped name has one itself. */
const segmentsOf = (place: string): readonly string[] => place.match(/@[^/]+\/[^/]+|[^/]+/g) ?? [];

function locked(place: string, lock: Lockfile): LockedPackage {
  const entry = lock.packages[place];
  if (entry === undefined) throw new Error(`bun.lock has no ${place}`);
  return entry;
}

function identity(place: string, lock: Lockfile): { readonly name: string; readonly version: string } {
  const [id] = locked(place, lock);
  const at = id.lastIndexOf('@');
  return { name: id.slice(0, at), version: id.slice(at + 1) };
}

function componentOf(place: string, { isOptional }: Found, lock: Lockfile, licenseOf: LicenseOf): Component {
  const { name, version } = identity(place, lock);
  const [, , { os, cpu }, integrity] = locked(place, lock);
  const purl = purlOf(name, version);
  // of what isn't everywhere the list says the same everywhere: nothing
  const licenses = os === undefined && cpu === undefined ? licensesOf(licenseOf(place)) : [];
  return {
    type: 'library',
    'bom-ref': purl,
    ...splitName(name),
    version,
    scope: isOptional ? 'optional' : 'required',
    hashes: hashesOf(integrity),
    ...(licenses.length === 0 ? {} : { licenses }),
    purl,
  };
}

function splitName(full: string): { readonly group?: string; readonly name: string } {
  const [scope, name] = full.split('/');
  return name === undefined ? { name: full } : { group: scope ?? '', name };
}

/** Package URL, of which a scope's @ is percent-encoded. */
const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** Subresource integrity, `sha512-` and base64, as CycloneDX has it: in hexadecimal. */
function hashesOf(integrity: string): { readonly alg: string; readonly content: string }[] {
  const [, algorithm = '', digest = ''] = /^sha(1|256|384|512)-(.+)$/.exec(integrity) ?? [];
  if (digest === '') return [];
  return [{ alg: `SHA-${algorithm}`, content: Buffer.from(digest, 'base64').toString('hex') }];
}

/** One SPDX id, or an expression of several; anything else is a name. */
function licensesOf(declared: unknown): License[] {
  if (typeof declared === 'object' && declared !== null && 'type' in declared)
    return licensesOf(declared.type);
  if (typeof declared !== 'string' || declared === '') return [];
  if (/^[A-Za-z0-9.+-]+$/.test(declared)) return [{ license: { id: declared } }];
  if (/^[A-Za-z0-9.+() -]+$/.test(declared) && / (AND|OR|WITH) /.test(declared))
    return [{ expression: declared }];
  return [{ license: { name: declared } }];
}

function dependenciesOf(
  root: string,
  direct: readonly string[],
  found: ReadonlyMap<string, Found>,
  lock: Lockfile,
): Bom['dependencies'] {
  const refOf = (place: string): string => {
    const { name, version } = identity(place, lock);
    return purlOf(name, version);
  };
  const needs = new Map<string, Set<string>>([[root, new Set(direct.map(refOf))]]);
  for (const [place, each] of found) {
    const all = needs.get(refOf(place)) ?? new Set<string>();
    for (const needed of each.needs) all.add(refOf(needed));
    needs.set(refOf(place), all);
  }
  return [...needs].map(([ref, on]) => ({ ref, dependsOn: [...on].sort() })).toSorted(byText);
}

const byRef = (one: Component, other: Component): number => (one['bom-ref'] < other['bom-ref'] ? -1 : 1);
const byText = (one: { readonly ref: string }, other: { readonly ref: string }): number =>
  one.ref < other.ref ? -1 : 1;

/** The same package may lie in several places; required wins. */
function distinct(components: readonly Component[]): readonly Component[] {
  const all = new Map<string, Component>();
  for (const each of components) {
    const known = all.get(each['bom-ref']);
    if (known === undefined || known.scope === 'optional') all.set(each['bom-ref'], each);
  }
  return [...all.values()];
}

/** bun.lock is JSON with commas after last members. */
export function parseLock(text: string): Lockfile {
  return JSON.parse(text.replace(/,(?=\s*[}\]])/g, '')) as Lockfile;
}

/** The list of the checkout in this folder. */
export function bomIn(root: string): Bom {
  const read = (...names: readonly string[]): string => readFileSync(path.join(root, ...names), 'utf8');
  const licenseOf = (place: string): unknown => {
    const file = path.join('node_modules', segmentsOf(place).join('/node_modules/'), 'package.json');
    // optional packages are not all there
    return existsSync(path.join(root, file)) ? (JSON.parse(read(file)) as Manifest).license : undefined;
  };
  return bomOf(JSON.parse(read('package.json')) as Manifest, parseLock(read('bun.lock')), licenseOf);
}
