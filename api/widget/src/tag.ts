/** The tag of one of our own languages for any BCP 47 tag of Chinese; others stay as they are. */
export function known(tag: string): string {
  if (!/^zh\b/i.test(tag)) return tag;
  return /hant|tw|hk|mo/i.test(tag) ? 'zh-Hant' : 'zh-Hans';
}
