/** What a page says when it has nothing to show: why, and what can be done. */
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../look/button.tsx';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import type { Trouble } from './troubles.ts';

export function State({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-2 px-2 py-6 text-ink-2" data-state="">
      {children}
    </div>
  );
}

/** What went wrong, whom it can be told by, and the way on. */
export function TroubleNote({ trouble, onRetry }: { trouble: Trouble; onRetry?: () => void }) {
  const { words, signIn } = useReader();
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 px-2 py-3"
      data-trouble={trouble.kind}
    >
      <span>{trouble.text}</span>
      {trouble.canRetry && onRetry && <Button onClick={onRetry}>{words.tryAgain}</Button>}
      {trouble.kind === 'session' && signIn && <Button onClick={signIn}>{words.signIn}</Button>}
      {trouble.requestId && trouble.kind === 'unanswered' && (
        <span className="text-meta text-ink-3">{words.support(trouble.requestId)}</span>
      )}
    </div>
  );
}

/** When a skeleton stands, and when the wait is told, in ms. */
const SLOW = { skeletonMs: 400, toldMs: 2_000 } as const;

/** T18: nothing at first, then the shape of what will come, then how long it takes. */
export function Waiting({ onCancel, lines = 8 }: { onCancel?: () => void; lines?: number }) {
  const { words, locale } = useReader();
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    const began = performance.now();
    const timer = setInterval(() => setElapsed(performance.now() - began), 200);
    return () => clearInterval(timer);
  }, []);
  if (elapsed < SLOW.skeletonMs) return null;
  return (
    <div aria-busy="true" data-waiting="" className="flex flex-col gap-3 px-2 py-3">
      {elapsed >= SLOW.toldMs && (
        <p className="flex items-center gap-3">
          {words.searching(number(Math.floor(elapsed / 1_000), locale))}
          {onCancel && <Button onClick={onCancel}>{words.cancel}</Button>}
        </p>
      )}
      {Array.from({ length: lines }, (_, line) => line).map((line) => (
        <span
          key={line}
          className="skeleton h-3"
          style={{ width: `${90 - ((line * 37) % 45)}%` }}
        />
      ))}
    </div>
  );
}
