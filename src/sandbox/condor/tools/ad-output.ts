/** The machine-readable forms of condor_q, condor_status and condor_history. */
import { compileExpression, resolve, type Evaluator } from '../pool/expression.ts';
import { textOf, type Ad } from '../pool/classad.ts';
import { autoformatValue, renderJson, renderLong } from '../pool/classad-text.ts';

export type AdForm =
  | { kind: 'json' }
  | { kind: 'long' }
  | { kind: 'autoformat'; attributes: readonly string[]; quoted: boolean; jobId: boolean };

export function renderAds(ads: readonly Ad[], form: AdForm, attributes: readonly string[] | undefined): string {
  if (form.kind === 'json') return renderJson(ads, attributes);
  if (form.kind === 'long') return renderLong(ads, attributes);
  return ads.map((ad) => `${autoformatLine(ad, form)}\n`).join('');
}

function autoformatLine(ad: Ad, form: Extract<AdForm, { kind: 'autoformat' }>): string {
  const values = form.attributes.map((name) => autoformatValue(resolve(ad, name), form.quoted));
  return form.jobId ? [jobIdOf(ad), ...values].join(' ') : values.join(' ');
}

/** Groups have no id: the place stays empty (measured: a leading space). */
function jobIdOf(ad: Ad): string {
  return ad.get('ClusterId') === undefined ? '' : `${textOf(ad, 'ClusterId')}.${textOf(ad, 'ProcId')}`;
}

/** The conjunction of all -constraint options; undefined when one cannot be parsed. */
export function constraintOf(texts: readonly string[] | undefined): Evaluator | undefined {
  try {
    const all = (texts ?? []).map(compileExpression);
    return (scope) => all.every((evaluate) => evaluate(scope) === true);
  } catch {
    return undefined;
  }
}
