/** Amounts of memory as users write them in specs, `64Gi`, and as the program counts them: MiB. */
import { EhosError } from './errors.ts';

const MIB = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 } as const;

/** The same form as the pattern in the CRDs. */
const FORM = /^(\d+)(Mi|Gi|Ti)$/;

/**
 * MiB of `512Mi`, `64Gi`, `2Ti`. `field` names the place in the spec for the error.
 * Throws EhosError `Invalid` when the text is in another form or too large to count.
 */
export function parseMemory(text: string, field = 'memory'): number {
  const parts = FORM.exec(text);
  const mib = parts ? Number(parts[1]) * MIB[parts[2] as keyof typeof MIB] : NaN;
  if (!Number.isSafeInteger(mib)) {
    throw new EhosError(
      'Invalid',
      `${field}: ${JSON.stringify(text.slice(0, 64))} is not an amount of memory: write it like 512Mi, 64Gi or 2Ti`,
      {
        field,
      },
    );
  }
  return mib;
}

/** The shortest exact form of a whole number of MiB: `64Gi`, `1536Mi`. */
export function formatMemory(mib: number): string {
  const unit = (['Ti', 'Gi'] as const).find((candidate) => mib !== 0 && mib % MIB[candidate] === 0) ?? 'Mi';
  return `${mib / MIB[unit]}${unit}`;
}
