/** In place of a page that cannot be shown: whether it failed, or is not for this reader. */
import { AnnalsError } from '@annals/sdk';
import { type TroubleKind, troubleOf } from '@annals/viewer/log/troubles';
import { Button } from '@annals/viewer/look/button.tsx';
import { en } from '@annals/viewer/words/en';

/** Asked again, these stay as they are. */
const LASTING: ReadonlySet<TroubleKind> = new Set(['forbidden', 'closed', 'session', 'not-found']);

interface Props {
  readonly error: unknown;
  readonly onRetry: () => void;
}

export function Failed({ error, onRetry }: Props) {
  const { kind, text, requestId } = troubleOf(error, en);
  return (
    <div className="annals min-h-full">
      <div role="alert" className="mx-auto flex max-w-xl flex-col items-start gap-3 p-8">
        <h1 className="text-title font-strong">
          {error instanceof AnnalsError ? text : en.broken}
        </h1>
        {requestId && <p className="text-meta text-ink-3">{en.support(requestId)}</p>}
        <div className="flex gap-2">
          {!LASTING.has(kind) && <Button onClick={onRetry}>{en.tryAgain}</Button>}
          <Button onClick={() => location.assign('/')}>Choose another log</Button>
        </div>
      </div>
    </div>
  );
}
