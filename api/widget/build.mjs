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

/** Custom properties of our own get names of one letter; those that a site may set begin with --kb-. */
const ownProperties = [...new Set((await readFile(join(here, 'src', 'shell.css'), 'utf8')).match(/--(?!kb-)[\w-]+/g))];

/** Style sheets are strings, minified, so that the shadow root can adopt them. */
const cssText = {
  name: 'css-text',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, 'utf8'), {
        loader: 'css', minify: true, charset: 'utf8', target: ['chrome123', 'firefox128', 'safari17.5'],
      });
      // Values of custom properties are left as they are by every minifier; ours have no text in them.
            const text = code.trim().replace(/(--[\w-]+:) /g, '$1').replace(/, /g, ',').replace(/--(?!kb-)[\w-]+/g, (name) => `--${ownProperties.indexOf(name).toString(36)}`);
      return { contents: text, loader: 'text' };
    });
  },
};

const read = async (lang) => JSON.parse(await readFile(join(here, 'src', 'strings', `${lang}.json`), 'utf8'));

/** esbuild joins the modules; terser, which is slower, makes the result another twentieth smaller. */
async function bundle(entry, options) {
  const joined = await esbuild.build({ ...settings, entryPoints: [join('src', entry)], plugins: [cssText], ...options });
  const isModule = options.format === 'esm';
  const { code } = await minify(joined.outputFiles[0].text, {
    ecma: 2022, module: isModule, compress: { passes: 4, unsafe: true, unsafe_arrows: true, unsafe_methods: true, reduce_funcs: !isModule }, mangle: { properties: { regex: /^(_.+|emit|announce|pageUrl|foot|choose|opening|offer|element|created|delta|filters_)$/ } }, format: { comments: false },
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
for (const lang of LANGUAGES) {
  // One file has everything in one language: its words stand where they are used, and nothing looks them up.
  const words = Object.entries(await read(lang)).map(([key, text]) => [`T.${key}`, JSON.stringify(text)]);
  const define = { ...Object.fromEntries(words), LANG: JSON.stringify(lang), ASKED_IN: JSON.stringify(lang.slice(0, 2)) };
  built.set(`kb-ask-${lang}.js`, await bundle('main.ts', { format: 'esm', define }));
}
built.set('kb-ask-own.js', await bundle('own.ts', { format: 'esm', define: { T: 'window.kbAsk.bridge.texts', LANG: 'window.kbAsk.bridge.lang', ASKED_IN: 'window.kbAsk.bridge.askedIn' } }));
// The loader holds the hashes of the others, so that a page that pins the loader pins everything.
const parts = {};
for (const [name, content] of built) parts[name.slice('kb-ask-'.length, -'.js'.length)] = hashed(content, 'sha256');
const loader = await bundle('kb-ask.ts', {
  format: 'iife', define: { PARTS: JSON.stringify(parts) },
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
