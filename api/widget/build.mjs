// Builds dist/ from src/: node build.mjs [FOLDER]. The same sources give the same bytes on every machine.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { minify } from 'terser';

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, 'dist'));
const LANGUAGES = ['en', 'zh-Hans', 'zh-Hant'];

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
      // Values of custom properties are left as they are by every minifier; ours have no text in them.
      return { contents: code.trim().replace(/(--[\w-]+:) /g, '$1').replace(/, /g, ','), loader: 'text' };
    });
  },
};

const read = async (lang) => JSON.parse(await readFile(join(here, 'src', 'strings', `${lang}.json`), 'utf8'));
const keys = Object.keys(await read('en'));

/** esbuild joins the modules; terser, which is slower, makes the result another twentieth smaller. */
async function bundle(entry, options) {
  const joined = await esbuild.build({ ...settings, entryPoints: [join('src', entry)], plugins: [cssText], ...options });
  const isModule = options.format === 'esm';
  const { code } = await minify(joined.outputFiles[0].text, {
    ecma: 2022, module: isModule, compress: { passes: 4 }, format: { comments: false, preamble: options.banner?.js },
  });
  return Buffer.from(`${code}\n`);
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

const hashed = (content, algorithm) => createHash(algorithm).update(content).digest('base64');
/** Part of a file's address. The loader works it out from the hash that it holds anyway. */
const version = (content) => hashed(content, 'sha256').replace(/\W/g, '').slice(0, 12);

const sources = await sourcesHash();
const built = new Map();
built.set('kb-ask-main.js', await bundle('main.ts', { format: 'esm', define: { KEYS: JSON.stringify(keys.join(' ')) } }));
for (const lang of LANGUAGES) {
  // Values only, in the order of the keys: a visitor loads one language, and its names are in the main file.
  const found = await read(lang);
  const texts = JSON.stringify(keys.map((key) => found[key]).join('\n'));
  built.set(`kb-ask-${lang}.js`, Buffer.from(`kbAsk.bridge.texts["${lang}"]=${texts}\n`));
}
// The loader holds the hashes of the others, so that a page that pins the loader pins everything.
const parts = {};
for (const [name, content] of built) parts[name.slice('kb-ask-'.length, -'.js'.length)] = hashed(content, 'sha256');
const loader = await bundle('kb-ask.ts', {
  format: 'iife', define: { PARTS: JSON.stringify(parts) }, banner: { js: `/*! kb-ask ${sources.slice(0, 8)} */` },
});
built.set('kb-ask.js', loader);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const files = {};
const sizes = {};
for (const [name, content] of [...built].sort()) {
  // Brotli needs a library that a server of ours does not have; gzip it does by itself.
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_LGWIN]: 16 } });
  await writeFile(join(out, name), content);
  await writeFile(join(out, `${name}.br`), brotli);
  files[name] = {
    version: version(content), integrity: `sha384-${hashed(content, 'sha384')}`, brotli: hashed(brotli, 'sha256'),
  };
  sizes[name] = { brotli: brotli.length, gzip: gzipSync(content, { level: 9 }).length };
}
await writeFile(join(out, 'manifest.json'), `${JSON.stringify({ sources, files }, null, 2)}\n`);
console.table(sizes);
