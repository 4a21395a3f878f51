/** Whom the files of a template are sent to, a row each. */
import { RECIPIENT_TYPES, REPORT_LIMITS, type RecipientType } from '@annals/contract/schedule';
import { Button, IconButton } from '@annals/viewer/look/button.tsx';
import { Check, Choose, TextField } from '@annals/viewer/look/field.tsx';
import { X } from 'lucide-react';
import type { Addressee, Problems } from './draft.ts';

const TYPE_WORDS: Readonly<Record<RecipientType, string>> = {
  email: 'E-mail',
  webhook: 'Webhook',
  s3: 'Bucket prefix',
};
const TO: Readonly<Record<RecipientType, { label: string; placeholder: string; type: string }>> = {
  email: { label: 'Address', placeholder: 'audit@company.example', type: 'email' },
  webhook: { label: 'URL', placeholder: 'https://company.example/hooks/audit', type: 'url' },
  s3: { label: 'Prefix', placeholder: 'audit/daily/', type: 'text' },
};
const TYPES = RECIPIENT_TYPES.map((value) => ({ value, label: TYPE_WORDS[value] }));

export function AddresseeFields({
  recipients,
  problems,
  onChange,
}: {
  recipients: readonly Addressee[];
  problems: Problems;
  onChange: (recipients: readonly Addressee[]) => void;
}) {
  const key = Math.max(-1, ...recipients.map((one) => one.key)) + 1;
  const add = () => onChange([...recipients, { key, type: 'email', to: '', attach: false }]);
  return (
    <>
      {recipients.length === 0 && (
        <p className="text-ink-2">Without any, its files wait in Export history.</p>
      )}
      {recipients.map((one, n) => (
        <Row
          key={one.key}
          of={one}
          problem={problems.of(`recipients/${n}/to`)}
          onChange={(next) => onChange(recipients.with(n, { ...one, ...next }))}
          onRemove={() => onChange(recipients.toSpliced(n, 1))}
        />
      ))}
      {recipients.length < REPORT_LIMITS.recipients && (
        <Button className="self-start" onClick={add}>
          Add a recipient
        </Button>
      )}
    </>
  );
}

function Row({
  of: { type, to, attach },
  problem,
  onChange,
  onRemove,
}: {
  of: Addressee;
  problem: string | undefined;
  onChange: (next: Partial<Addressee>) => void;
  onRemove: () => void;
}) {
  return (
    <div role="group" aria-label={`Recipient ${to}`.trim()} className="flex flex-col gap-1">
      <div className="flex items-start gap-2">
        <div className="w-32 shrink-0">
          <Choose
            label="Send by"
            value={type}
            choices={TYPES}
            onChange={({ target }) =>
              onChange({ type: RECIPIENT_TYPES.find((one) => one === target.value) ?? type })
            }
          />
        </div>
        <div className="min-w-0 grow">
          <TextField
            {...TO[type]}
            value={to}
            maxLength={500}
            required
            autoComplete="off"
            spellCheck={false}
            problem={problem}
            onChange={({ target }) => onChange({ to: target.value })}
          />
        </div>
        <div className="pt-5">
          <IconButton label="Remove this recipient" className="min-h-8" onClick={onRemove}>
            <X className="icon" aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      {type === 'email' && (
        <Check
          label="Attach small files"
          checked={attach}
          onChange={({ target }) => onChange({ attach: target.checked })}
        />
      )}
    </div>
  );
}
