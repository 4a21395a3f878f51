/** What can be done with an event's values: only these, all but these, copy, their own page. */
import type { ReadEvent } from '@annals/contract/event';
import type { QueryKey } from '@annals/contract/query';
import { activityOf, idText } from '@annals/contract/values';
import type { MenuItem } from '../look/popup.tsx';
import type { Reader } from '../reader.tsx';
import { actorName, entityName } from './cells.tsx';

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

function valuesOf(event: ReadEvent, reader: Reader): Value[] {
  const { actor, action, activity, context } = event;
  const target = event.targets?.find(({ role = 'primary' }) => role === 'primary');
  const [actorId, targetId] = [idText(actor.id), target && idText(target.id)];
  const ip = typeof context?.ip === 'string' ? context.ip : undefined;
  return [
    ...(actorId
      ? [{ key: 'actor' as const, value: actorId, label: actorName(actor, reader) }]
      : []),
    { key: 'action', value: action, label: activity ?? activityOf(action) },
    ...(target && targetId
      ? [{ key: 'target' as const, value: targetId, label: entityName(target) ?? targetId }]
      : []),
    ...(ip ? [{ key: 'ip' as const, value: ip, label: ip }] : []),
  ];
}

export function menuOfEvent(event: ReadEvent, reader: Reader, doing: Doing): MenuItem[] {
  const { words, hrefOf, go } = reader;
  const values = valuesOf(event, reader);
  const page = { kind: 'event', id: event.id } as const;
  const actor = idText(event.actor.id);
  const target = event.targets?.find(({ role = 'primary' }) => role === 'primary');
  const targetId = target && idText(target.id);
  const places = [
    ...(actor
      ? [
          {
            label: actorName(event.actor, reader),
            place: { kind: 'actor', type: event.actor.type, id: actor } as const,
          },
        ]
      : []),
    ...(target && targetId
      ? [
          {
            label: entityName(target) ?? targetId,
            place: { kind: 'record', type: target.type, id: targetId } as const,
          },
        ]
      : []),
  ];
  return [
    ...values.map(({ key, value, label }) => ({
      label: words.onlyThis(label),
      onChoose: () => doing.only(key, value),
    })),
    ...values.map(({ key, value, label }) => ({
      label: words.withoutThis(label),
      onChoose: () => doing.without(key, value),
    })),
    ...places.map(({ label, place }) => ({
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
