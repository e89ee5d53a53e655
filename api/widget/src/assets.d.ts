declare module '*.css' {
  const text: string;
  export default text;
}

/** SHA-256 in base64 of each built part beside the loader; filled in by build.mjs. */
declare const PARTS: Readonly<Record<string, string>>;

/** Keys of all texts with a blank between them, in the order of the lines of a language's file; filled in by build.mjs. */
declare const KEYS: string;
