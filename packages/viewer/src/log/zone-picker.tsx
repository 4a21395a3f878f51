/** In which zone all times stand: the reader's choice, kept for them. */
import { useMemo, useState } from 'react';
import { isZone } from '../find/zone.ts';
import { TextField } from '../look/field.tsx';
import { useReader } from '../reader.tsx';
import { zoneLabel } from '../words/format.ts';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

export function ZonePicker() {
  const { words, zone, setZone } = useReader();
  const [text, setText] = useState(zone);
  const listId = 'annals-zones';
  const now = useMemo(() => Date.now(), []);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const change = (next: string) => {
    setText(next);
    if (isZone(next) && ZONES.includes(next)) setZone(next);
  };
  return (
    <div>
      <TextField
        label={words.zone}
        list={listId}
        value={text}
        onChange={({ target }) => change(target.value)}
        onBlur={() => setText(zone)}
      />
      <datalist id={listId}>
        {[own, ...ZONES.filter((one) => one !== own)].map((one) => (
          <option key={one} value={one}>
            {zoneLabel(one, now)}
          </option>
        ))}
      </datalist>
    </div>
  );
}
