/**
 * User data as cloud-init 25.1 takes it apart (facts measured on Debian trixie: which forms are unpacked, which are dropped,
 * and how several cloud-config parts are merged).
 */
import { gunzipSync } from 'node:zlib';
import { parse as parseYaml } from 'yaml';
import { parseMime } from './mime.ts';

export interface WrittenFile {
  path: string;
  content: string;
}

/** What cloud-init would do. */
export interface CloudInitPlan {
  files: WrittenFile[];
  /** `runcmd`, each as one line of shell. */
  commands: string[];
  /** Shell script parts, in order of execution; they run before runcmd. */
  scripts: string[];
  /** As cloud-init logs them on the console. */
  warnings: string[];
}

export interface InstanceFacts {
  instanceId: string;
  hostname: string;
}

type CloudConfig = Record<string, unknown>;

interface Part {
  type: string;
  text: string;
  /** Header X-Merge-Type. */
  mergeType?: string | undefined;
}

export function interpretUserData(userData: Buffer, facts: InstanceFacts): CloudInitPlan {
  const plan: CloudInitPlan = { files: [], commands: [], scripts: [], warnings: [] };
  let config: CloudConfig = {};
  for (const part of partsOf(userData, plan.warnings)) {
    const text = part.type === 'jinja' ? renderJinja(part.text, facts) : part.text;
    if (part.type === 'script') plan.scripts.push(text);
    else config = mergeConfig(config, parseConfig(text, plan.warnings), part.mergeType);
  }
  plan.files = filesOf(config.write_files, plan.warnings);
  plan.commands = Array.isArray(config.runcmd) ? config.runcmd.map(commandLine) : [];
  return plan;
}

function partsOf(userData: Buffer, warnings: string[]): Part[] {
  const text = unpack(userData).toString('utf8');
  if (!/^(?:MIME-Version|Content-Type):/im.test(text.slice(0, text.search(/\n\r?\n/)))) return single(text, warnings);
  return parseMime(text).flatMap(({ type, body, headers }): Part[] => {
    const mergeType = headers.get('x-merge-type');
    const content = body.toString('utf8');
    if (type === 'application/gzip' || type === 'application/x-gzip')
      return single(unpack(body).toString('utf8'), warnings);
    if (type === 'text/x-shellscript') return [{ type: 'script', text: content }];
    if (type === 'text/cloud-config') return [{ type: 'config', text: content, mergeType }];
    if (type === 'text/jinja2') return [{ type: 'jinja', text: content, mergeType }];
    return single(content, warnings);
  });
}

/** A part whose first line says what it is. */
function single(text: string, warnings: string[]): Part[] {
  if (text.startsWith('#cloud-config')) return [{ type: 'config', text }];
  if (/^## template: ?jinja/.test(text)) return [{ type: 'jinja', text }];
  if (text.startsWith('#!')) return [{ type: 'script', text }];
  if (text.trim() !== '')
    warnings.push(`Unhandled non-multipart (text/x-not-multipart) userdata: '${text.slice(0, 24)}...'`);
  return [];
}

function unpack(data: Buffer): Buffer {
  return data[0] === 0x1f && data[1] === 0x8b ? gunzipSync(data) : data;
}

function parseConfig(text: string, warnings: string[]): CloudConfig {
  try {
    const value: unknown = parseYaml(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as CloudConfig;
    if (value !== null) warnings.push('Failed loading yaml blob. Yaml load allows mapping root types only');
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    warnings.push(`Failed loading yaml blob. Invalid format: ${reason}`);
  }
  return {};
}

/** By default a later part's lists replace the earlier ones; the setting of the part that is merged in counts. */
function mergeConfig(base: CloudConfig, added: CloudConfig, header: string | undefined): CloudConfig {
  const how = added.merge_how ?? added.merge_type ?? header;
  const text = typeof how === 'string' ? how : JSON.stringify(how ?? '');
  const append = /list\(append|"list","settings":\["append/.test(text);
  const result = { ...base };
  for (const [key, value] of Object.entries(added)) {
    const before = base[key];
    result[key] =
      append && Array.isArray(before) && Array.isArray(value)
        ? [...(before as unknown[]), ...(value as unknown[])]
        : value;
  }
  return result;
}

function filesOf(value: unknown, warnings: string[]): WrittenFile[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    warnings.push("Running module write_files failed: 'write_files' is not a list");
    return [];
  }
  const files = new Map<string, string>();
  for (const entry of value as Record<string, unknown>[]) {
    const path = String(entry.path);
    const content = decodeContent(typeof entry.content === 'string' ? entry.content : '', entry.encoding);
    files.set(path, entry.append === true ? (files.get(path) ?? '') + content : content);
  }
  return [...files].map(([path, content]) => ({ path, content }));
}

/** `encoding: b64 | gzip | gz+b64`, with cloud-init's synonyms. */
function decodeContent(content: string, encoding: unknown): string {
  const name = typeof encoding === 'string' ? encoding.toLowerCase() : '';
  const bytes = /b64|base64/.test(name) ? Buffer.from(content, 'base64') : Buffer.from(content, 'utf8');
  return (name.includes('gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** A list is one command with its arguments, a text is a line of shell. */
function commandLine(command: unknown): string {
  if (!Array.isArray(command)) return String(command);
  return command.map((word) => `'${String(word).replaceAll("'", `'\\''`)}'`).join(' ');
}

/** The variables that are of use to a worker; what else stands in braces becomes empty, as in cloud-init. */
function renderJinja(text: string, facts: InstanceFacts): string {
  const values: Readonly<Record<string, string>> = {
    'v1.instance_id': facts.instanceId,
    'v1.local_hostname': facts.hostname,
    'ds.meta_data.uuid': facts.instanceId,
  };
  const body = text.replace(/^## template: ?jinja.*\n/, '');
  return body.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => values[name] ?? '');
}
