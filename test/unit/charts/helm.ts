/** The helm of these tests; undefined where it cannot be had, which is said once and loudly. */
import { messageOf } from '../../../src/base/errors.ts';
import { findHelm } from '../../../scripts/chart-tools.ts';
import { forms, render, type ChartObject } from '../../../scripts/chart-render.ts';

function found(): string | undefined {
  try {
    return findHelm();
  } catch (error) {
    console.warn(`NOT RUN: the chart through real helm (${messageOf(error)})`);
    return undefined;
  }
}

export const helmPath = found();

/** Rendering takes half a second on a busy machine: each form is rendered once. */
const rendered = new Map<string, ChartObject[]>();

export function objectsOf(form: string): ChartObject[] {
  const known = rendered.get(form) ?? render(helmPath ?? '', form);
  rendered.set(form, known);
  return known;
}

export const formNames = forms();

/** The tests of `body`, where there is a helm; else one that is counted as skipped. */
export function withHelm(title: string, body: () => void): void {
  describe(title, function () {
    this.timeout(60_000);
    if (helmPath === undefined) it('needs helm');
    else body();
  });
}
