/** What a reader should know about an answer, in their words: limits of the view above all. */
import type { Notice } from '@annals/contract/routes';
import { Info } from 'lucide-react';
import { type Reader, typeWord, useReader } from '../reader.tsx';
import { date, lastPeriodText, minuteMoment, periodText } from '../words/format.ts';

/** T5, T7, T8, T14, T15 and their like; undefined for what stands elsewhere on the page. */
export function noticeText(
  notice: Notice,
  about: Reader,
  delay: string | undefined,
): string | undefined {
  const { words } = about;
  const { code, detail, from, to, period, resource_type: type } = notice;
  const day = from === undefined ? '' : date(Date.parse(from), about);
  switch (code) {
    case 'delayed':
      return to === undefined || delay === undefined
        ? detail
        : words.delayed(periodText(delay, about), minuteMoment(Date.parse(to), about));
    case 'clamped_by_floor':
      return words.floorLimit(day);
    case 'clamped_by_reach':
      return period === undefined ? detail : words.reachLimit(lastPeriodText(period, about));
    case 'before_enabled':
      return words.recordedSince(day);
    case 'not_recorded_before':
      return words.typeSince(typeWord('record', type ?? '', about), day);
    case 'retention_pending':
      return words.retentionPending(day);
    case 'tenant_closed':
      return words.tenantClosed(day);
    case 'index_behind':
    case 'searched_in_part':
      return undefined;
    default:
      return detail;
  }
}

export function Notices({
  notices,
  delay,
}: {
  notices: readonly Notice[];
  delay: string | undefined;
}) {
  const reader = useReader();
  const texts = notices.flatMap((notice) => noticeText(notice, reader, delay) ?? []);
  if (texts.length === 0) return null;
  return (
    <ul className="flex flex-col gap-0.5 text-ink-2">
      {[...new Set(texts)].map((text) => (
        <li key={text} className="flex items-start gap-1.5">
          <Info className="icon mt-0.5 text-ink-3" aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  );
}
