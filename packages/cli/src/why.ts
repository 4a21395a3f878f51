/** `annals why`: why a role sees an event, or does not, rule by rule. */
import type { Explanation } from '@annals/contract/routes';
import { type Command, EXIT, UsageError } from './command.ts';
import { clean, cleanJson } from './safe.ts';
import type { Terminal } from './terminal.ts';

type Seen = Explanation['views'][number];

/** Columns of the longest name of a rule. */
const RULE_WIDTH = 'enabled'.length;

const viewLines = ({ view, visible, rules, hidden }: Seen, terminal: Terminal): string[] => {
  const hiding = rules.filter(({ passes }) => !passes).map(({ rule }) => rule);
  const words = visible ? 'shown' : `hidden by ${hiding.join(', ') || 'the view'}`;
  return [
    '',
    `${terminal.paint('bold', clean(view))}: ${terminal.paint(visible ? 'green' : 'red', words)}`,
    ...rules.map(({ rule, passes, detail }) => {
      const mark = passes ? '  ' : terminal.paint('red', '✕ ');
      return `  ${mark}${rule.padEnd(RULE_WIDTH)}  ${clean(detail)}`;
    }),
    ...(hidden.length > 0 ? [`  Left out: ${clean(hidden.join(', '))}`] : []),
  ];
};

export const explanationLines = (explanation: Explanation, terminal: Terminal): string[] => {
  const { id, tenant_id, role, recorded, visible, views } = explanation;
  if (!recorded) return [clean(`The log of ${tenant_id} has no event ${id}.`)];
  const verdict = visible ? 'sees' : 'does not see';
  return [
    clean(`The role "${role}" ${verdict} the event ${id} of ${tenant_id}.`),
    ...(views.length === 0 ? ['It has no view.'] : []),
    ...views.flatMap((view) => viewLines(view, terminal)),
  ];
};

export const why: Command = {
  summary: 'Say why a role sees an event, or does not',
  usage: 'why ID --tenant ID --role NAME [--subject TYPE:ID]',
  about: `For each view of a role: the rules that were asked, the one that hides the event marked,
and the values that the view leaves out. Needs a key that may \`manage\`.

  annals why 0192f0c1-2345-7abc-8def-0123456789ab --tenant acme --role agent
  annals why 0192f0c1-2345-7abc-8def-0123456789ab --tenant acme --role agent --subject case:c-7`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose event; required' },
    role: { type: 'string', value: 'NAME', help: 'whose sight; required' },
    subject: { type: 'string', value: 'TYPE:ID', help: 'whose log a bound view shows' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [id, ...more] = args.positionals;
    if (id === undefined || more.length > 0) throw new UsageError('Give the id of one event');
    const subject = args.text('subject');
    const query = {
      tenant_id: args.required('tenant'),
      role: args.required('role'),
      ...(subject === undefined ? {} : { subject }),
    };
    const explanation = await connect().events.explain(id, query, { signal });
    const lines = json ? [cleanJson(explanation)] : explanationLines(explanation, terminal);
    await terminal.write(`${lines.join('\n')}\n`);
    return EXIT.done;
  },
};
