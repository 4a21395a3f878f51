/**
 * What leaves the house for somebody: mails, webhooks, copies in a bucket. Owns what waits to be
 * sent, how it is carried, and when another try is due. Promises that each try ends with an outcome
 * whose words may be shown to anybody, and that no webhook reaches an address that is not public
 * unless the settings allow it. Never decides who gets what.
 */
export { Mailer } from './mail.ts';
export { type Bucket, Outbox } from './outbox.ts';
export { Webhooks } from './webhook.ts';
