/** What people fill in: inputs with their label, help and what is wrong with them. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';

export const INPUT =
  'min-h-8 w-full rounded border border-control bg-raised px-2 text-body text-ink ' +
  'aria-invalid:border-failure disabled:opacity-60 @max-narrow/log:min-h-11';

interface About {
  readonly label: string;
  readonly help?: ReactNode;
  /** What is wrong, in words that say what to do. */
  readonly problem?: string | undefined;
}

/** What ties an input to its label, its help and its problem. */
interface Tie {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

function Labelled({ label, help, problem, of }: About & { of: (tie: Tie) => ReactNode }) {
  const id = useId();
  const isInvalid = problem !== undefined;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-meta font-strong text-ink-2">
        {label}
      </label>
      {of({ id, 'aria-describedby': `${id}-about`, 'aria-invalid': isInvalid })}
      <div id={`${id}-about`} className="text-meta empty:hidden">
        {help !== undefined && <p className="text-ink-3">{help}</p>}
        {isInvalid && (
          <p role="alert" className="text-failure">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}

export function TextField({
  label,
  help,
  problem,
  className = '',
  ...input
}: About & InputHTMLAttributes<HTMLInputElement>) {
  const about = { label, help, problem };
  return (
    <Labelled
      {...about}
      of={(tie) => <input {...input} {...tie} className={`${INPUT} ${className}`} />}
    />
  );
}

export function TextArea({
  label,
  help,
  problem,
  className = '',
  ...input
}: About & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const about = { label, help, problem };
  const look = `${INPUT} py-1.5 font-mono ${className}`;
  return <Labelled {...about} of={(tie) => <textarea {...input} {...tie} className={look} />} />;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export function Choose({
  label,
  help,
  problem,
  choices,
  ...select
}: About & { choices: readonly Choice[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Labelled
      {...{ label, help, problem }}
      of={(tie) => (
        <select {...select} {...tie} className={INPUT}>
          {choices.map(({ value, label: word }) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      )}
    />
  );
}

/** One choice of a few, all in sight. */
export function Radios({
  label,
  name,
  choices,
  value,
  onChange,
}: {
  label: string;
  name: string;
  choices: readonly Choice[];
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-meta font-strong text-ink-2">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="flex min-h-6 items-center gap-2">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="accent-accent"
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}

export function Check({
  label,
  ...input
}: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="flex min-h-6 items-center gap-2">
      <input type="checkbox" className="accent-accent" {...input} />
      <span>{label}</span>
    </label>
  );
}
