/** Where a provider of single sign-on describes itself, by OpenID Connect Discovery. Pure. */

/** How a provider is told the client's secret. */
export type SecretWay = 'basic' | 'post';

export const discoveryUrl = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
