/** What the build puts in: style sheets as text, and values that are known then. */

declare module '*.css' {
  const text: string;
  export default text;
}

/** Names of the built files that the loader may ask for, with the base64 of their SHA-256. */
declare const PARTS: Readonly<Record<string, string>>;

/** The texts of the interface by key: words in the file of a language, a look-up in the file for texts of the site. */
declare const T: Readonly<Record<keyof typeof import('./strings/en.json'), string>>;

/** Language of the interface as a BCP 47 tag: `en`, `zh-Hans`, `zh-Hant`, or what the site's texts are in. */
declare const LANG: string;

/** The same as `lang` of a hand-over: `en`, `zh`, or `auto`. */
declare const ASKED_IN: string;
