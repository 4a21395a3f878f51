/** What can be done with an event's values: only these, all but these, copy, their own page. */
import type { ReadEvent } from '@annals/contract/event';
import type { QueryKey } from '@annals/contract/query';
import { activityOf, idText, isPrimary, nameOf } from '@annals/contract/values';
import type { MenuItem } from '../look/popup.tsx';
import type { Reader } from '../reader.tsx';
import { actorName } from './cells.tsx';

interface Doing {
  readonly only: (key: QueryKey, value: string) => void;
  readonly without: (key: QueryKey, value: string) => void;
  readonly copy: (text: string) => void;
  readonly view: string;
}

interface Value {
  readonly key: QueryKey;
  readonly value: string;
  readonly label: string;
}

/** Who did it and what it was done to, as far as they can be named. */
function partiesOf(event: ReadEvent, reader: Reader) {
  const { actor, targets } = event;
  const target = targets?.find(isPrimary);
  const [actorId, targetId] = [idText(actor.id), target && idText(target.id)];
  return [
    ...(actorId
      ? [
          {
            key: 'actor' as const,
            label: actorName(actor, reader),
            place: { kind: 'actor', type: actor.type, id: actorId } as const,
          },
        ]
      : []),
    ...(target && targetId
      ? [
          {
            key: 'target' as const,
            label: nameOf(target) ?? targetId,
            place: { kind: 'record', type: target.type, id: targetId } as const,
          },
        ]
      : []),
  ];
}

type Party = ReturnType<typeof partiesOf>[number];

function valuesOf({ action, activity, context }: ReadEvent, parties: readonly Party[]): Value[] {
  const values = parties.map(({ key, label, place }) => ({ key, label, value: place.id }));
  const ip = typeof context?.ip === 'string' ? context.ip : undefined;
  return [
    ...values.filter(({ key }) => key === 'actor'),
    { key: 'action', value: action, label: activity ?? activityOf(action) },
    ...values.filter(({ key }) => key === 'target'),
    ...(ip ? [{ key: 'ip' as const, value: ip, label: ip }] : []),
  ];
}

export function menuOfEvent(event: ReadEvent, reader: Reader, doing: Doing): MenuItem[] {
  const { words, hrefOf, go } = reader;
  const parties = partiesOf(event, reader);
  const values = valuesOf(event, parties);
  const page = { kind: 'event', id: event.id } as const;
  return [
    ...values.map(({ key, value, label }) => ({
      label: words.onlyThis(label),
      onChoose: () => doing.only(key, value),
    })),
    ...values.map(({ key, value, label }) => ({
      label: words.withoutThis(label),
      onChoose: () => doing.without(key, value),
    })),
    ...parties.map(({ label, place }) => ({
      label: words.openRecord(label),
      onChoose: () => go(place, doing.view),
      href: hrefOf(place, doing.view),
    })),
    { label: words.copyId, onChoose: () => doing.copy(event.id) },
    ...(hrefOf(page) === undefined
      ? []
      : [
          {
            label: words.openPage,
            onChoose: () => go(page, doing.view),
            href: hrefOf(page, doing.view),
          },
        ]),
  ];
}
