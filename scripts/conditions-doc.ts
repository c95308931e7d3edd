/** docs/conditions.md, from the tables of reasons. */
import { CONDITION_TEXTS } from '../src/api/condition-reasons.ts';
import { DECISION_TEXTS, EVENT_TEXTS } from '../src/api/event-reasons.ts';
import { markdownTable } from './markdown.ts';

const KINDS = ['EhosCloud', 'EhosMaster', 'EhosNodePool', 'EhosNode'] as const;

export function renderConditionsDoc(): string {
  return [
    '# Conditions, events and decisions',
    'Made from `src/api/condition-reasons.ts` and `src/api/event-reasons.ts` by `make generate`.',
    'Each object says in `status.conditions` what is true of it now. A condition has a status (True, False, Unknown), one CamelCase word for why, and a message for people with the names and the words of the peer. Its time moves when the status does. `observedGeneration` tells of which spec it speaks.',
    '```sh\nkubectl wait --for=condition=Ready ecloud/NAME emaster/NAME epool/NAME --timeout=2m\nkubectl get ecloud NAME -o jsonpath=\'{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}\'\nkubectl describe epool NAME\n```',
    ...KINDS.flatMap((kind) => [`## ${kind}`, ...ofKind(kind)]),
    '## Decisions',
    'Of a pool, in `status.lastDecision.reason` and in the metric `ehos_decisions_total`: what is done; if nothing is, what stands against it; else that there is enough.',
    markdownTable(
      ['reason', 'meaning'],
      DECISION_TEXTS.map(({ reason, meaning }) => [`\`${reason}\``, meaning]),
    ),
    '## Events',
    'Told once for each time that it happens; the same again within minutes is counted, not repeated.',
    markdownTable(
      ['reason', 'type', 'on', 'meaning', 'what to do'],
      EVENT_TEXTS.map(({ reason, type, on, meaning, remedy }) => [`\`${reason}\``, type, on, meaning, remedy]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function ofKind(kind: (typeof KINDS)[number]): string[] {
  return CONDITION_TEXTS.filter((one) => one.kind === kind).flatMap(({ type, meaning, reasons }) => [
    `**${type}**: ${meaning}`,
    markdownTable(
      ['reason', 'status', 'meaning', 'what to do'],
      reasons.map(({ reason, status, meaning: means, remedy }) => [`\`${reason}\``, status, means, remedy]),
    ),
  ]);
}
