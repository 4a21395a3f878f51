/** A page that failed: it says so, and that the log did not. */
import { AnnalsError } from '@annals/sdk';
import { Button } from '@annals/viewer/look/button.tsx';
import { en } from '@annals/viewer/words/en';
import { useRouter } from '@tanstack/react-router';

export function Failed({ error }: { error: unknown }) {
  const router = useRouter();
  const known = error instanceof AnnalsError ? error : undefined;
  return (
    <div className="annals min-h-full">
      <div role="alert" className="mx-auto flex max-w-xl flex-col items-start gap-3 p-8">
        <h1 className="text-title font-strong">
          {known?.status === null ? en.noAnswer : en.broken}
        </h1>
        {known && <p className="text-ink-2">{known.detail}</p>}
        {known?.requestId && <p className="text-meta text-ink-3">{en.support(known.requestId)}</p>}
        <Button onClick={() => void router.invalidate()}>{en.tryAgain}</Button>
      </div>
    </div>
  );
}
