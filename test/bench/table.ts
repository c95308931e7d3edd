/** The results: one row for each number, with what it must be and how it was measured. */

export interface Row {
  what: string;
  value: string;
  /** What the design asks for. */
  goal?: string;
  how: string;
}

export interface Section {
  title: string;
  /** What the section's numbers have in common. */
  setting: string;
  rows: Row[];
}

export function asText(sections: Section[]): string {
  return sections
    .map(({ title, setting, rows }) => {
      const wide = (of: (row: Row) => string): number => Math.max(...rows.map((row) => of(row).length));
      const what = wide((row) => row.what);
      const value = wide((row) => shown(row));
      const lines = rows.map((row) => `  ${row.what.padEnd(what)}  ${shown(row).padEnd(value)}  ${row.how}`.trimEnd());
      return [title, `  (${setting})`, ...lines].join('\n');
    })
    .join('\n\n');
}

/** The whole of docs/benchmarks.md. `facts`: machine, versions, duration. */
export function asDocument(sections: Section[], facts: string[]): string {
  const intro = [
    '# Benchmarks',
    '',
    'Measured by `make bench` on the sandbox: the operator with its production settings in one process, the Kubernetes API, OpenStack and',
    "HTCondor of the sandbox in another, on the real clock. CPU, memory and event loop delay are the operator's alone. The sandbox answers",
    "faster than real clouds do, so that what is seen is the operator; rows that contain the sandbox's own work say so. Other programs ran on",
    'the machine meanwhile, as its load tells. This is one run: between runs times differed by up to a factor of four (creates per second',
    'most), counts by some per cent, calls per minute with where the window falls between two listings.',
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
      const lines = rows.map(
        ({ what, value, goal = '', how }) => `| ${[what, value, goal, how].map(cell).join(' | ')} |`,
      );
      return [
        `## ${title}`,
        '',
        `Setting: ${setting}.`,
        '',
        '| what | measured | goal | how |',
        '|---|---|---|---|',
        ...lines,
      ].join('\n');
    })
    .join('\n\n');
}

const shown = ({ value, goal }: Row): string => (goal === undefined ? value : `${value} (goal ${goal})`);

const cell = (text: string): string => text.replaceAll('|', '\\|');

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;

export const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** The middle one of some numbers. */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
