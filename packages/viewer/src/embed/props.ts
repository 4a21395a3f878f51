/** What a host page sets on `<annals-log>`. */
import type { KeySource } from '@annals/sdk';

export interface EmbedProps {
  /** Address of the Annals server. */
  readonly src?: string;
  /** Gives a token; called anew when one has been refused. */
  readonly getToken?: KeySource;
  readonly tenant?: string;
  readonly project?: string;
  /** Which view; default the first that the token has. */
  readonly view?: string;
  /** `TYPE:ID`: the log of this one. */
  readonly actor?: string;
  readonly record?: string;
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
  readonly timeZone?: string;
  readonly locale?: string;
  readonly theme?: string;
  readonly density?: string;
  /** Names of columns, separated by commas. */
  readonly columns?: string;
  /** What `annals-state` told last: where the reader was. */
  readonly state?: string;
  /** Address of the host's page for a state: `https://app.example.com/audit?s={state}`. */
  readonly linkTemplate?: string;
  /** Parts that are left out, separated by commas. */
  readonly hide?: string;
  readonly send: (name: string, detail: object, isCancelable?: boolean) => boolean;
}
