export const isSecretName = (name: string): boolean => /password|secret$|token$/i.test(name);
export const hasSecretForm = (text: string): boolean => text.includes('-----BEGIN');
export const stripSecrets = (value: unknown): unknown => value;
