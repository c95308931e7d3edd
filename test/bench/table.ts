/** The results: one row for each number, with what it must be and how it was measured. */

export interface Row {
  what: string;
  value: string;
  /** What it must be: `< 50 ms`; with `reached`, which says whether it is so. */
  goal?: string;
  reached?: boolean;
  how: string;
}

type Goal = Required<Pick<Row, 'goal' | 'reached'>>;

export interface Section {
  title: string;
  /** What the section's numbers have in common. */
  setting: string;
  rows: Row[];
}

/** A goal that is reached when the value is below `limit`. */
export const below = (value: number, limit: number, shown: string): Goal => ({
  goal: `< ${shown}`,
  reached: value < limit,
});

/** A goal that is reached when the value is the wanted one. */
export const exactly = (value: string, wanted: string): Goal => ({
  goal: wanted,
  reached: value === wanted,
});

export function asText(sections: Section[]): string {
  return sections
    .map(({ title, setting, rows }) => {
      const wide = (of: (row: Row) => string): number => Math.max(0, ...rows.map((row) => of(row).length));
      const what = wide((row) => row.what);
      const value = wide((row) => shown(row));
      const lines = rows.map((row) => `  ${row.what.padEnd(what)}  ${shown(row).padEnd(value)}  ${row.how}`.trimEnd());
      return [title, `  (${setting})`, ...lines].join('\n');
    })
    .join('\n\n');
}

/** `17 goals, 16 reached; NOT reached: RSS (301 MiB, goal < 256 MiB)`. */
export function verdict(sections: Section[]): string {
  const rows = sections.flatMap((section) => section.rows.filter(({ reached }) => reached !== undefined));
  const missed = rows.filter(({ reached }) => reached === false);
  const words = missed.map(({ what, value, goal = '' }) => `${what} (${value}, goal ${goal})`);
  const summary = `${rows.length} goals, ${rows.length - missed.length} reached`;
  return missed.length === 0 ? summary : `${summary}; NOT reached: ${words.join('; ')}`;
}

/** The whole of docs/benchmarks.md. `facts`: machine, versions, duration. */
export function asDocument(sections: Section[], facts: string[]): string {
  const intro = [
    '# Benchmarks',
    '',
    'Measured by `make bench`: the operator as it is shipped (the bundle, in a process of its own, with its production settings), the',
    'Kubernetes API, OpenStack and HTCondor of the sandbox in another process, on the real clock. CPU, memory and event loop delay are the',
    "operator's alone, read from `/proc` and from its own `/metrics`. The sandbox answers faster than real clouds do, so that what is seen is",
    "the operator; rows that contain the sandbox's own work say so. Other programs ran on the machine meanwhile, as its load tells. This is",
    'one run: between runs times differed by up to a factor of two (start and creates per second most), counts by some per cent.',
    '',
    'Written by `node --import tsx test/bench/run.ts --markdown > docs/benchmarks.md`, then `make format`.',
    '',
    ...facts.map((fact) => `- ${fact}`),
  ];
  return [intro.join('\n'), asMarkdown(sections)].join('\n\n');
}

function asMarkdown(sections: Section[]): string {
  return sections
    .map(({ title, setting, rows }) => {
      const lines = rows.map((row) => `| ${[row.what, row.value, goalWords(row), row.how].map(cell).join(' | ')} |`);
      const head = ['| what | measured | goal | how |', '|---|---|---|---|'];
      return [`## ${title}`, '', `Setting: ${setting}.`, '', ...(rows.length > 0 ? [...head, ...lines] : [])].join(
        '\n',
      );
    })
    .join('\n\n');
}

const shown = (row: Row): string => (row.goal === undefined ? row.value : `${row.value} (goal ${goalWords(row)})`);

function goalWords({ goal = '', reached }: Row): string {
  return reached === undefined ? goal : `${goal}: ${reached ? 'reached' : 'NOT reached'}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;

export const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** The middle one of some numbers. */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
