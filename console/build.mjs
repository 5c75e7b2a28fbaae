// Makes the console's files: node build.mjs [--out FOLDER] [--changed]
//
// The files are committed under src/Godwit/Web/Assets, so that the server builds where there is no node. They must not depend on the machine:
// the same sources give the same bytes, names carry a hash of the content, and sources.sha256 says which sources they were made of.
//   --out FOLDER   writes elsewhere
//   --changed      ends with code 3 when the sources are other than those the committed files were made of, 0 when they are the same; builds nothing

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const committed = resolve(here, '../src/Godwit/Web/Assets');
const out = process.argv.includes('--out') ? resolve(process.argv[process.argv.indexOf('--out') + 1]) : committed;

/** All of it together, compressed: a console on the far side of a slow line opens in a second. */
const mostGzipped = 200 * 1024;

/** What decides the bytes: everything under src/, this script and the locked packages, in the order of their names (ordinal). */
function sourcesHash() {
  const names = readdirSync(join(here, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(here.length + 1).replaceAll('\\', '/'));
  names.push('build.mjs', 'package-lock.json', 'tsconfig.json');
  names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const hash = createHash('sha256');
  for (const name of names) {
    const content = readFileSync(join(here, name));
    hash.update(`${name}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

const sources = sourcesHash();
if (process.argv.includes('--changed')) {
  let made = '';
  try {
    made = readFileSync(join(committed, 'sources.sha256'), 'utf8').trim();
  } catch {
    made = 'none';
  }
  process.exit(made === sources ? 0 : 3);
}

const esbuild = await import('esbuild');
const bundle = (entry, options) => esbuild.build({
  entryPoints: [join(here, 'src', entry)], outdir: out, entryNames: '[name]-[hash]', absWorkingDir: here,
  bundle: true, minify: true, write: false, target: ['es2022'], charset: 'utf8', legalComments: 'none', logLevel: 'warning',
  jsx: 'automatic', jsxImportSource: 'preact', ...options,
});
const [main, early] = [await bundle('main.tsx', { format: 'esm' }), await bundle('early.ts', { format: 'iife' })];
const files = new Map();
for (const file of [...main.outputFiles, ...early.outputFiles]) files.set(basename(file.path), Buffer.from(file.contents));
const hashed = (stem, ending, content) => files.set(`${stem}-${createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase()}.${ending}`, Buffer.from(content));
for (const stem of ['icon', 'alarm']) hashed(stem, 'svg', readFileSync(join(here, `src/${stem}.svg`)));

// MIT asks that its text goes where the code goes.
const licences = ['preact', 'uplot'].map((name) => `${name}\n\n${readFileSync(join(here, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`).join('\n\n');
hashed('licences', 'txt', licences);

const named = (stem, ending) => [...files.keys()].find((name) => name.startsWith(stem + '-') && name.endsWith(ending));
const page = readFileSync(join(here, 'src/index.html'), 'utf8')
  .replaceAll('{{icon}}', named('icon', '.svg')).replace('{{alarm}}', named('alarm', '.svg')).replace('{{licences}}', named('licences', '.txt')).replace('{{style}}', named('main', '.css')).replace('{{early}}', named('early', '.js')).replace('{{main}}', named('main', '.js'));
files.set('index.html', Buffer.from(page));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
let gzipped = 0;
for (const [name, content] of [...files].sort()) {
  writeFileSync(join(out, name), content);
  const size = gzipSync(content, { level: 9 }).length;
  gzipped += size;
  console.log(`${name.padEnd(26)} ${String(content.length).padStart(8)}  ${String(size).padStart(7)} gzipped`);
}
writeFileSync(join(out, 'sources.sha256'), sources + '\n');
console.log(`together ${gzipped} octets gzipped of at most ${mostGzipped}`);
if (gzipped > mostGzipped) {
  console.error('build: the console has outgrown its bound');
  process.exit(1);
}
