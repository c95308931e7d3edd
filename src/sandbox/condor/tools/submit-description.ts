/** Submit descriptions (condor_submit(1)), as far as a job that only sleeps has use for their commands. */
import { Expression, type AdValue } from '../pool/classad.ts';
import { parseExpression } from '../pool/expression-parser.ts';
import type { JobSpec } from '../pool/jobs.ts';

/** `arguments` is the run time in seconds, as for /bin/sleep. undefined: there is no queue statement. */
export function parseSubmitDescription(text: string, owner: string): { spec: JobSpec; count: number } | undefined {
  const commands = new Map<string, string>();
  const attributes: Record<string, AdValue> = {};
  let count: number | undefined;
  for (const line of text.split('\n')) {
    const assignment = /^\s*(\+?[\w.]+)\s*=\s*(.*?)\s*$/.exec(line);
    const [, name = '', value = ''] = assignment ?? [];
    if (name.startsWith('+')) attributes[name.slice(1)] = attributeValue(value);
    else if (assignment) commands.set(name.toLowerCase(), value);
    else if (/^\s*queue\b/i.test(line)) count = Number(/\d+/.exec(line)?.[0] ?? 1);
  }
  return count === undefined ? undefined : { spec: specOf(commands, attributes, owner), count };
}

function specOf(commands: ReadonlyMap<string, string>, attributes: Record<string, AdValue>, owner: string): JobSpec {
  const { EhosPool: pool, ...others } = attributes;
  const optional = (key: keyof JobSpec, command: string, unit: number): Partial<JobSpec> => {
    const text = commands.get(command);
    return text === undefined ? {} : { [key]: quantity(text, unit) };
  };
  const requirements = commands.get('requirements');
  const limits = commands.get('concurrency_limits');
  return {
    owner,
    ...(typeof pool === 'string' ? { pool } : {}),
    cpus: quantity(commands.get('request_cpus') ?? '1', 1),
    ...optional('memory', 'request_memory', 1024),
    ...optional('disk', 'request_disk', 1),
    ...optional('gpus', 'request_gpus', 1),
    ...optional('maxIdle', 'max_idle', 1),
    ...optional('maxMaterialize', 'max_materialize', 1),
    ...optional('leaseSeconds', 'job_lease_duration', 1),
    ...(commands.get('nice_user')?.toLowerCase() === 'true' ? { maxRetirementSeconds: 0 } : {}),
    ...optional('maxRetirementSeconds', 'max_job_retirement_time', 1),
    ...(requirements === undefined ? {} : { requirements }),
    hold: commands.get('hold')?.toLowerCase() === 'true',
    runSeconds: Number(commands.get('arguments') ?? 60),
    attributes: { ...others, ...(limits === undefined ? {} : { ConcurrencyLimits: limits.toLowerCase() }) },
  };
}

/** `2`, `4G`: with a suffix the number is bytes times it; `kibPerUnit` says in what the attribute counts. */
function quantity(text: string, kibPerUnit: number): number {
  const [, digits = '0', suffix = ''] = /^"?([\d.]+)\s*([KMGT]?)B?"?$/i.exec(text) ?? [];
  const power = 'KMGT'.indexOf(suffix.toUpperCase());
  return suffix === '' ? Number(digits) : Math.ceil((Number(digits) * 1024 ** power) / kibPerUnit);
}

function attributeValue(text: string): AdValue {
  try {
    const node = parseExpression(text);
    return node.kind === 'literal' && node.value !== undefined ? node.value : new Expression(text);
  } catch {
    return new Expression(text);
  }
}
