import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { interpretUserData } from '../../../../src/sandbox/condor/guest/user-data.ts';
import { CondorConfig } from '../../../../src/sandbox/condor/guest/condor-config.ts';
import { workerSetup } from '../../../../src/sandbox/condor/guest/worker-setup.ts';

const FIXTURES = new URL('../../../fixtures/cloudinit/', import.meta.url);
const FACTS = { instanceId: 'uuid-1', hostname: 'ehos-x1' };
const plan = (data: Buffer | string) => interpretUserData(Buffer.from(data), FACTS);
const fixture = (name: string) => plan(readFileSync(new URL(name, FIXTURES)));
const multipart = (...parts: string[]): string =>
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n${parts.map((part) => `--B\n${part}\n`).join('')}--B--\n`;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const CONFIG = '#cloud-config\nruncmd:\n- echo one\n';

describe('User data as cloud-init takes it: the fixtures', () => {
  const rows: { name: string; paths: string[]; commands: number; warns?: RegExp }[] = [
    {
      name: 'ud-worker-example.txt',
      paths: ['/etc/condor/config.d/90-ehos.conf', '/etc/condor/tokens.d/ehos'],
      commands: 1,
    },
    { name: 'ud-two-parts-ours-lost.txt', paths: ['/etc/user-file'], commands: 1 },
    { name: 'ud-two-parts-ours-wins.txt', paths: ['/etc/our-file'], commands: 1 },
    { name: 'ud-two-parts-merged.txt', paths: ['/etc/user-file', '/etc/our-file'], commands: 2 },
    { name: 'ud-bad-yaml.txt', paths: [], commands: 0, warns: /Failed loading yaml blob/ },
    { name: 'ud-gzip-part-dropped.txt', paths: [], commands: 0, warns: /yaml/ },
  ];
  for (const { name, paths, commands, warns } of rows)
    it(name, () => {
      const found = fixture(name);
      expect(found.files.map(({ path }) => path)).to.deep.equal(paths);
      expect(found.commands).to.have.length(commands);
      if (warns) expect(found.warnings.join()).to.match(warns);
      else expect(found.warnings).to.deep.equal([]);
    });

  for (const name of ['ud-gzip-part-works.txt', 'ud-gzip-whole.bin'])
    it(`${name} is unpacked`, () => {
      const { files, commands, scripts, warnings } = fixture(name);
      expect(files.length + commands.length + scripts.length).to.be.greaterThan(0);
      expect(warnings).to.deep.equal([]);
    });
});

describe('User data as cloud-init takes it', () => {
  const rows: { name: string; data: Buffer | string; expected: Partial<ReturnType<typeof plan>> }[] = [
    { name: 'nothing', data: '', expected: { files: [], commands: [], warnings: [] } },
    { name: 'a script', data: '#!/bin/sh\necho hi\n', expected: { scripts: ['#!/bin/sh\necho hi\n'], commands: [] } },
    { name: 'gzip of cloud-config', data: gzipSync(CONFIG), expected: { commands: ['echo one'] } },
    {
      name: 'jinja',
      data: '## template: jinja\n#cloud-config\nruncmd:\n- [echo, "{{ v1.instance_id }}", "{{ nothing }}"]\n',
      expected: { commands: ["'echo' 'uuid-1' ''"] },
    },
    {
      name: 'text/plain that begins like cloud-config',
      data: multipart(`Content-Type: text/plain\n\n${CONFIG}`),
      expected: { commands: ['echo one'] },
    },
    {
      name: 'a part in base64',
      data: multipart(`Content-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n\n${base64(CONFIG)}`),
      expected: { commands: ['echo one'] },
    },
    {
      name: 'a part in quoted-printable',
      data: multipart(
        'Content-Type: text/cloud-config\nContent-Transfer-Encoding: quoted-printable\n\n#cloud-config\nruncmd:\n- "a=3Db"\n',
      ),
      expected: { commands: ['a=b'] },
    },
    {
      name: 'X-Merge-Type on the last part',
      data: multipart(
        `Content-Type: text/cloud-config\n\n${CONFIG}`,
        'Content-Type: text/cloud-config\nX-Merge-Type: list(append)+dict(recurse_list)+str()\n\n#cloud-config\nruncmd: [echo two]\n',
      ),
      expected: { commands: ['echo one', 'echo two'] },
    },
    {
      name: 'merge_how in the first part only does not count',
      data: multipart(
        "Content-Type: text/cloud-config\n\n#cloud-config\nmerge_how: 'list(append)'\nruncmd: [echo one]\n",
        'Content-Type: text/cloud-config\n\n#cloud-config\nruncmd: [echo two]\n',
      ),
      expected: { commands: ['echo two'] },
    },
    {
      name: 'encodings of files',
      data: `#cloud-config\nwrite_files:\n- {path: /a, encoding: b64, content: ${base64('A')}}\n- {path: /b, encoding: gz+b64, content: ${base64(gzipSync('B'))}}\n- {path: /a, append: true, content: C}\n`,
      expected: {
        files: [
          { path: '/a', content: 'AC' },
          { path: '/b', content: 'B' },
        ],
      },
    },
    {
      name: 'write_files that is no list',
      data: '#cloud-config\nwrite_files: {path: /a}\n',
      expected: { files: [], warnings: ["Running module write_files failed: 'write_files' is not a list"] },
    },
  ];
  for (const { name, data, expected } of rows) it(name, () => expect(plan(data)).to.deep.include(expected));
});

describe('A configuration of HTCondor', () => {
  const TEXT =
    'A = 1\n# C = 9\nLIST = x\nLIST = $(LIST) y, z\nB = $(A)$(NONE:7) \\\n  tail\nLOOP = $(OTHER)\nOTHER = $(LOOP)\nuse role:execute\n';
  const rows: [name: string, value: string | undefined][] = [
    ['a', '1'],
    ['B', '17 tail'],
    ['LIST', 'x y, z'],
    ['C', undefined],
    ['LOOP', undefined],
  ];
  for (const [name, value] of rows)
    it(name, () => {
      const config = new CondorConfig();
      config.read(TEXT);
      expect(config.get(name)).to.equal(value);
    });
});

describe('The call of condor_token_request in a join script', () => {
  const setup = (script: string) =>
    workerSetup(
      plan(
        `#cloud-config\nwrite_files:\n- {path: /etc/condor/config.d/50.conf, content: "COLLECTOR_HOST = <10.0.0.1:9618?alias=m>"}\nruncmd:\n- ${JSON.stringify(script)}\n`,
      ),
    );
  const rows: { name: string; script: string; call: object }[] = [
    {
      name: 'plain',
      script:
        'condor_token_request -identity a@d -authz ADVERTISE_STARTD -authz ADVERTISE_MASTER -lifetime 60 -token ehos',
      call: { identity: 'a@d', authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'], lifetime: 60 },
    },
    {
      name: 'over several lines in a substitution',
      script: 'if answer=$(timeout 600 condor_token_request -identity "a@d" \\\n -lifetime 60 2>&1); then :; fi',
      call: { identity: 'a@d', authorizations: undefined, lifetime: 60 },
    },
    {
      name: 'with variables',
      script: 'who=a@d\nLIFE="60"\ncondor_token_request -identity "$who" -lifetime ${LIFE}',
      call: { identity: 'a@d', authorizations: undefined, lifetime: 60 },
    },
  ];
  for (const { name, script, call } of rows)
    it(name, () => {
      expect(setup(script)).to.deep.include({
        credentials: { kind: 'Request', call },
        collector: { host: '10.0.0.1', port: 9618, alias: 'm' },
      });
    });
});
