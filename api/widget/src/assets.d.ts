declare module '*.css' {
  const text: string;
  export default text;
}

/** Address (beside the loader) and integrity of each built part; filled in by build.mjs. */
declare const PARTS: Readonly<Record<string, readonly [address: string, integrity: string]>>;
