// Builds dist/ from src/: node build.mjs [FOLDER]. The same sources give the same bytes on every machine.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, 'dist'));
const CHINESE = ['zh-Hans', 'zh-Hant']; // English is part of the main file

const settings = {
  bundle: true, write: false, minify: true, charset: 'utf8', target: 'es2022', legalComments: 'none', logLevel: 'warning',
  absWorkingDir: here,
};

/** Style sheets are strings, minified, so that the shadow root can adopt them. */
const cssText = {
  name: 'css-text',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, 'utf8'), {
        loader: 'css', minify: true, charset: 'utf8', target: ['chrome123', 'firefox128', 'safari17.5'],
      });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

async function bundle(entry, options) {
  const result = await esbuild.build({ ...settings, entryPoints: [join('src', entry)], plugins: [cssText], ...options });
  return Buffer.from(result.outputFiles[0].contents);
}

/** Names and bytes of everything that the built files follow from; tests/widget works it out without node. */
async function sourcesHash() {
  const found = await readdir(join(here, 'src'), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const all = [...files, join(here, 'build.mjs'), join(here, 'package.json'), join(here, 'tsconfig.json')];
  const named = all.map((file) => [relative(here, file).split(sep).join('/'), file]);
  named.sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256');
  for (const [name, file] of named) hash.update(`${name}\0`).update(await readFile(file)).update('\0');
  return hash.digest('hex');
}

const integrity = (content) => `sha384-${createHash('sha384').update(content).digest('base64')}`;
const version = (content) => createHash('sha256').update(content).digest('hex').slice(0, 12);

const sources = await sourcesHash();
const built = new Map();
built.set('kb-ask-main.js', await bundle('main.ts', { format: 'esm' }));
// Both in one file, because they share most of their characters; values only, in the order of the English keys.
const read = async (lang) => JSON.parse(await readFile(join(here, 'src', 'strings', `${lang}.json`), 'utf8'));
const keys = Object.keys(await read('en'));
const texts = {};
for (const lang of CHINESE) {
  const found = await read(lang);
  texts[lang] = keys.map((key) => found[key]).join('\n');
}
built.set('kb-ask-zh.js', Buffer.from(`kbAsk.bridge.texts=${JSON.stringify(texts)}\n`));
// The loader holds address and hash of the others, so that a page that pins the loader pins everything.
const parts = {};
for (const [name, content] of built) {
  parts[name.slice('kb-ask-'.length, -'.js'.length)] = [`${name}?v=${version(content)}`, integrity(content)];
}
const loader = await bundle('kb-ask.ts', {
  format: 'iife', define: { PARTS: JSON.stringify(parts) }, banner: { js: `/*! kb-ask ${sources.slice(0, 12)} */` },
});
built.set('kb-ask.js', loader);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const files = {};
for (const [name, content] of [...built].sort()) {
  await writeFile(join(out, name), content);
  files[name] = { version: version(content), integrity: integrity(content) };
  console.log(`${name}\t${content.length} bytes, ${gzipSync(content, { level: 9 }).length} gzipped`);
}
await writeFile(join(out, 'manifest.json'), `${JSON.stringify({ sources, files }, null, 2)}\n`);
