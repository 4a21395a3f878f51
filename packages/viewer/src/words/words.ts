/** In which language the parts of the log speak. */
import { de } from './de.ts';
import { en, type Words } from './en.ts';

export type { Words };
export const LANGUAGES: Readonly<Record<string, Words>> = { en, de };

/** The words of a locale such as `de-CH`; English where there are none. */
export const wordsOf = (locale: string): Words => {
  const [language = ''] = locale.toLowerCase().split('-');
  return (Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined) ?? en;
};
