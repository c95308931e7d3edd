/** `make chart`: helm lint, and the golden files of the rendered forms. UPDATE=1 writes them anew. Exit code 1 when something is wrong, or there is no helm. */
import { rmSync, writeFileSync } from 'node:fs';
import { findHelm } from './chart-tools.ts';
import { CHART, forms, golden, GOLDEN, goldenText, helm, render, valuesOf } from './chart-render.ts';

const update = process.env.UPDATE === '1';
const program = findHelm();
let problems = 0;

for (const form of forms()) {
  const { code, stdout, stderr } = helm(program, ['lint', '--strict', CHART, '--values', valuesOf(form)]);
  if (code === 0) continue;
  problems++;
  console.error(`helm lint --strict with ${form}-values.yaml:\n${stdout}${stderr}`);
}
for (const form of forms()) {
  const text = goldenText(render(program, form));
  if (golden(form) === text) continue;
  const path = new URL(`${form}.yaml`, GOLDEN);
  if (update) {
    rmSync(path, { force: true });
    writeFileSync(path, text);
    console.log(`updated test/unit/charts/golden/${form}.yaml`);
  } else {
    problems++;
    console.error(
      `test/unit/charts/golden/${form}.yaml differs from what the chart renders: look, then UPDATE=1 make chart`,
    );
  }
}
console.log(`${forms().length} forms of the chart, ${problems} problems`);
if (problems > 0) process.exitCode = 1;
