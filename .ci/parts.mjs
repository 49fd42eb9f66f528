/**
 * What the package is made of, from package-lock.json and the installed packages.
 *
 *     node .ci/parts.mjs sbom                            a bill of materials, CycloneDX
 *     node .ci/parts.mjs licenses [--dev] [--json]       the licences, and how many packages have each
 *
 * `licenses` exits with 1 where a package has a licence that is not permissive, or none. `--dev`: with the packages that
 * only development uses. Both read the package in the current folder.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** SPDX names: use, change and pass on, with a notice at most. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);
/** Of data that only development uses: it asks for a mention where it is passed on. */
const PERMISSIVE_FOR_DEVELOPMENT = new Set(['CC-BY-3.0', 'CC-BY-4.0']);

const { values, positionals } = parseArgs({
  options: { dev: { type: 'boolean' }, json: { type: 'boolean' } },
  allowPositionals: true,
});
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const commands = { sbom: printBill, licenses: printLicenses };
const command = commands[positionals[0]];
if (command === undefined) {
  console.error(`usage: node .ci/parts.mjs ${Object.keys(commands).join(' | ')}`);
  process.exitCode = 1;
} else command();

/**
 * Not by `npm sbom`, which with `--omit=dev` leaves out each package that a development package names as its peer too.
 * https://cyclonedx.org/docs/1.5/json/
 */
function printBill() {
  const { name, version, license, dependencies } = read('package.json');
  const all = packages().filter(({ entry }) => entry.dev !== true);
  const byPath = new Map(all.map((it) => [it.path, it]));
  const own = refOf({ name, version });
  const edges = ({ path, entry }) => {
    const names = Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...entry.peerDependencies,
    });
    return [
      ...new Set(
        names
          .map((it) => resolve(byPath, path, it))
          .filter(Boolean)
          .map(refOf),
      ),
    ];
  };
  const graph = new Map([[own, edges({ path: '', entry: { dependencies } })]]);
  for (const it of all) graph.set(refOf(it), [...new Set([...(graph.get(refOf(it)) ?? []), ...edges(it)])]);
  const components = new Map(all.map((it) => [refOf(it), componentOf(it)]));
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: new Date().toISOString(),
      component: { 'bom-ref': own, type: 'application', name, version, purl: own, ...licensesOf(license) },
    },
    components: [...components.values()],
    dependencies: [...graph].map(([ref, dependsOn]) => ({ ref, dependsOn })),
  };
  console.log(JSON.stringify(bill, null, 2));
}

function componentOf(it) {
  const { path, name, version, entry } = it;
  const [, group, short] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name);
  const hash = /^sha512-(.+)$/.exec(entry.integrity ?? '')?.[1];
  return {
    'bom-ref': refOf(it),
    type: 'library',
    ...(group && { group }),
    name: short,
    version,
    scope: entry.optional || entry.devOptional ? 'optional' : 'required',
    purl: refOf(it),
    ...(hash && { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }),
    ...licensesOf(licenseOf(path, entry)),
  };
}

/** https://github.com/package-url/purl-spec, type npm */
function refOf({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function licensesOf(license) {
  if (license === undefined) return {};
  return { licenses: license.includes(' ') ? [{ expression: license }] : [{ license: { id: license } }] };
}

/** As Node looks for it: in the folder of the package, then in those above it. */
function resolve(byPath, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const found = byPath.get(`${folder === '' ? '' : `${folder}/`}node_modules/${name}`);
    if (found !== undefined || folder === '') return found;
  }
}

function printLicenses() {
  const byLicense = {};
  const refused = [];
  for (const { path, name, version, entry } of packages()) {
    if (entry.dev === true && !values.dev) continue;
    const license = licenseOf(path, entry) ?? 'none';
    (byLicense[license] ??= []).push(`${name}@${version}`);
    if (!isPermissive(license, entry.dev === true)) refused.push(`${name}@${version}: ${license}`);
  }
  const counted = Object.entries(byLicense).sort(([, one], [, other]) => other.length - one.length);
  if (values.json) console.log(JSON.stringify(Object.fromEntries(counted), null, 2));
  else for (const [license, names] of counted) console.log(`${String(names.length).padStart(5)}  ${license}`);
  for (const line of refused) console.error(`not permissive: ${line}`);
  if (refused.length > 0 || counted.length === 0) process.exitCode = 1;
}

/** All packages of the lock file but the first one, the package itself. */
function packages() {
  return Object.entries(read('package-lock.json').packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      path,
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      entry,
    }));
}

/** As an SPDX expression; undefined where the package names none. */
function licenseOf(path, entry) {
  if (entry.license !== undefined) return entry.license;
  const file = join(path, 'package.json');
  // A package for another system is not installed.
  if (!existsSync(file)) return undefined;
  const { license, licenses } = read(file);
  const named = license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ');
  return named === '' ? undefined : named;
}

/** `OR` gives a choice, `AND` none; the expressions of packages nest no deeper. */
function isPermissive(expression, isDevelopment) {
  const isFine = (id) => PERMISSIVE.has(id) || (isDevelopment && PERMISSIVE_FOR_DEVELOPMENT.has(id));
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((id) => isFine(id.trim())));
}
