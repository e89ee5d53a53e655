/** The tag of one of our own languages for any BCP 47 tag of English or Chinese; others stay as they are. */
export function known(tag: string): string {
  if (/^zh\b/i.test(tag)) return /hant|tw|hk|mo/i.test(tag) ? 'zh-Hant' : 'zh-Hans';
  return /^en\b/i.test(tag) ? 'en' : tag;
}
