/**
 * `<annals-log>`: a customer's log in the page of the product that they use. Owns its shadow root
 * and nothing outside of it: no style gets in or out, the address of the page is never touched,
 * and no event that it sends says anything about a person.
 *
 *     const log = document.querySelector('annals-log');
 *     log.src = 'https://audit.example.com';
 *     log.getToken = async () => (await fetch('/audit-token')).text();
 */
import { createRoot, type Root } from 'react-dom/client';
import { Embed, type EmbedProps } from './embed/embed.tsx';
import css from './viewer.css?inline';

/** What a host sets; each is an attribute too where it is a text. */
export const PROPERTIES = [
  ...([
    'src',
    'getToken',
    'tenant',
    'project',
    'view',
    'actor',
    'record',
    'q',
    'from',
    'to',
  ] as const),
  ...([
    'timeZone',
    'locale',
    'theme',
    'density',
    'columns',
    'state',
    'linkTemplate',
    'hide',
  ] as const),
] as const;
type Property = (typeof PROPERTIES)[number];

const attributeOf = (property: string): string =>
  property.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const ATTRIBUTES = new Map<string, Property>(
  PROPERTIES.filter((name) => name !== 'getToken').map((name) => [attributeOf(name), name]),
);

export type AnnalsLogProperties = Partial<Omit<EmbedProps, 'send' | 'element'>>;

let sheet: CSSStyleSheet | undefined;
/** One for all elements of a page; not a `<style>`, which a strict policy forbids. */
const styles = (): CSSStyleSheet => {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
};

export class AnnalsLog extends HTMLElement {
  static readonly observedAttributes = [...ATTRIBUTES.keys()];
  #properties: AnnalsLogProperties = {};
  #root: Root | undefined;
  #isWaiting = false;

  /** What a page has set before this script was there hides what is set here. */
  #takeOver(): void {
    for (const name of PROPERTIES) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (own === undefined) continue;
      Reflect.deleteProperty(this, name);
      this.set(name, own.value);
    }
  }

  connectedCallback(): void {
    this.#takeOver();
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [styles()];
    this.#root = createRoot(shadow);
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#root?.unmount();
    this.#root = undefined;
  }

  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    const property = ATTRIBUTES.get(name);
    if (property) this.set(property, value ?? undefined);
  }

  /** Sets one property; several in one turn are drawn once. */
  set(name: Property, value: unknown): void {
    this.#properties = { ...this.#properties, [name]: value };
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      this.#draw();
    });
  }

  get(name: Property): unknown {
    return this.#properties[name];
  }

  #draw(): void {
    const { theme } = this.#properties;
    if (theme === 'light' || theme === 'dark') this.dataset['theme'] = theme;
    else delete this.dataset['theme'];
    const send = (name: string, detail: object, isCancelable = false) =>
      this.dispatchEvent(
        new CustomEvent(`annals-${name}`, {
          detail,
          bubbles: true,
          composed: true,
          cancelable: isCancelable,
        }),
      );
    this.#root?.render(<Embed {...this.#properties} send={send} />);
  }
}

for (const name of PROPERTIES) {
  Object.defineProperty(AnnalsLog.prototype, name, {
    get(this: AnnalsLog) {
      return this.get(name);
    },
    set(this: AnnalsLog, value: unknown) {
      this.set(name, value);
    },
    enumerable: true,
    configurable: true,
  });
}

if (!customElements.get('annals-log')) customElements.define('annals-log', AnnalsLog);
