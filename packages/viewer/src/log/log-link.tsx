/** How a part of the page shows other events in the log that it stands in, or beside. */
import { createContext, use } from 'react';
import type { Range } from '../find/range.ts';

export interface Asked {
  readonly q: string;
  readonly range: Range;
}
type ShowLog = (asked: Asked) => void;

const LogLinkContext = createContext<ShowLog | undefined>(undefined);
export const LogLinkProvider = LogLinkContext.Provider;

/** Undefined: there is no log to show it in. */
export const useLogLink = (): ShowLog | undefined => use(LogLinkContext);
