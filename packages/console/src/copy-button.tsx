/** Copies a text, and says when it is copied. */
import { Button } from '@annals/viewer/look/button.tsx';
import { copied } from '@annals/viewer/look/copy';
import { useState } from 'react';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => void copied(text).then(setCopied);
  return <Button onClick={copy}>{isCopied ? 'Copied' : label}</Button>;
}
