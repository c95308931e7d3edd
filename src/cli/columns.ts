/** Text in columns: each as wide as its widest cell, numbers to the right. */

export interface Column {
  title: string;
  right?: boolean;
}

export function columns(heads: readonly Column[], rows: readonly (readonly (string | number)[])[]): string[] {
  const all = [heads.map(({ title }) => title), ...rows.map((row) => row.map(String))];
  const widths = heads.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, i) => {
        const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - cell.length));
        return heads[i]?.right === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}
