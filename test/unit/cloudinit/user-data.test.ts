import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { EhosError } from '../../../src/base/errors.ts';
import { MAX_USER_DATA_BYTES, renderUserData, type WorkerConfig } from '../../../src/cloudinit/user-data.ts';
import { TOKEN, worker } from './worker.ts';

interface CloudConfig {
  merge_how: string;
  write_files: { path: string; permissions: string; content: string }[];
  runcmd: string[][];
}

/** Our own part of a message, parsed. */
function ours(rendered: Buffer): CloudConfig {
  const text = rendered.toString('utf8');
  return parse(text.slice(text.lastIndexOf('#cloud-config'), text.lastIndexOf('\n--ehos-')), {
    version: '1.1',
  }) as CloudConfig;
}

function fileOf(config: WorkerConfig, path: string): string {
  const content = ours(renderUserData(config, undefined)).write_files.find((file) => file.path === path)?.content;
  if (content === undefined) throw new Error(`${path} is not written`);
  return content;
}

const CONDOR = '/etc/condor/config.d/50-ehos.conf';
const setting = (config: WorkerConfig, name: string): string | undefined =>
  new RegExp(`^${name} = (.*)$`, 'm').exec(fileOf(config, CONDOR))?.[1];

const invalidOf = (make: () => unknown): EhosError => {
  try {
    make();
  } catch (error) {
    if (error instanceof EhosError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('renderUserData', () => {
  const golden: [name: string, config: WorkerConfig, userData: string | Buffer | undefined][] = [
    ['approve', worker(), undefined],
    [
      'token-own-jobs-only',
      worker({ credentials: { method: 'Token', token: `${TOKEN}\n` }, acceptsUnnamedJobs: false }),
      undefined,
    ],
    [
      'attributes-and-user-config',
      worker({
        startdAttributes: { Rack: '"r1"', HasFast: 'true' },
        collector: { host: 'cm.example', port: 9618, alias: 'CM.example' },
      }),
      '#cloud-config\nruncmd:\n  - echo hello\n',
    ],
    ['user-script-in-utf8', worker(), '#!/bin/sh\necho "grüß dich"\n'],
    [
      'user-multipart',
      worker(),
      'From nobody Thu Jan  1 00:00:00 1970\nContent-Type: multipart/mixed; boundary="==x=="\nMIME-Version: 1.0\n\n--==x==\nContent-Type: text/x-shellscript\n\n#!/bin/sh\ntrue\n--==x==--\n',
    ],
  ];
  for (const [name, config, userData] of golden) {
    it(`is as in golden/${name}.txt`, () => {
      const file = new URL(`golden/${name}.txt`, import.meta.url);
      const rendered = renderUserData(config, userData).toString('utf8');
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, rendered);
      expect(rendered).to.equal(readFileSync(file, 'utf8'));
    });
  }

  it('is the same each time', () => {
    expect(renderUserData(worker(), '#!/bin/sh\n').equals(renderUserData(worker(), '#!/bin/sh\n'))).to.equal(true);
  });

  it("puts the user's part before ours, which says how it is merged in", () => {
    const text = renderUserData(worker(), '#cloud-config\nruncmd: [true]\n').toString();
    expect(text.indexOf('runcmd: [true]')).to.be.within(1, text.indexOf('merge_how'));
    expect(ours(Buffer.from(text)).merge_how).to.equal('list(append)+dict(recurse_list)+str()');
  });

  it('writes modes as texts', () => {
    const { write_files: files } = ours(renderUserData(worker(), undefined));
    expect(files.map((file) => [file.path, file.permissions])).to.deep.equal([
      [CONDOR, '0644'],
      ['/etc/condor/ehos-ca.pem', '0644'],
      ['/usr/local/sbin/ehos-join', '0755'],
    ]);
  });

  it('holds no secret where the node asks for its token, and a file for root alone where it does not', () => {
    expect(renderUserData(worker(), undefined).toString()).not.to.match(/eyJ|tokens\.d\/ehos\n/);
    const { write_files: files } = ours(
      renderUserData(worker({ credentials: { method: 'Token', token: TOKEN } }), undefined),
    );
    expect(files[1]).to.deep.equal({ path: '/etc/condor/tokens.d/ehos', permissions: '0600', content: `${TOKEN}\n` });
  });

  const byToken: Partial<WorkerConfig> = { credentials: { method: 'Token', token: TOKEN } };
  const settings: [title: string, change: Partial<WorkerConfig>, name: string, value: string | undefined][] = [
    ['an address with the name in the certificate', {}, 'COLLECTOR_HOST', '<10.20.0.1:9618?alias=condor-master>'],
    [
      'IPv6',
      { collector: { host: 'fd00::1', port: 9618, alias: 'cm' } },
      'COLLECTOR_HOST',
      '<[fd00::1]:9618?alias=cm>',
    ],
    [
      'IPv6 without alias',
      { ...byToken, collector: { host: 'fd00::1', port: 9618, alias: undefined } },
      'COLLECTOR_HOST',
      '[fd00::1]:9618',
    ],
    ['no alias', { ...byToken, collector: { host: 'cm', port: 1, alias: undefined } }, 'COLLECTOR_HOST', 'cm:1'],
    [
      'a name that is not in the certificate, where that does not matter',
      { ...byToken, collector: { host: 'cm.example', port: 1, alias: 'cm' } },
      'COLLECTOR_HOST',
      'cm.example:1',
    ],
    ['the master by name', { collector: { host: 'cm', port: 9618, alias: 'CM' } }, 'COLLECTOR_HOST', 'cm:9618'],
    ['the host alone', {}, 'CONDOR_HOST', '10.20.0.1'],
    ['SSL to verify the master', {}, 'SEC_CLIENT_AUTHENTICATION_METHODS', 'FS, IDTOKENS, SSL'],
    [
      'no SSL with a token',
      { credentials: { method: 'Token', token: TOKEN } },
      'SEC_CLIENT_AUTHENTICATION_METHODS',
      'FS, IDTOKENS',
    ],
    ['no CA with a token', { credentials: { method: 'Token', token: TOKEN } }, 'AUTH_SSL_CLIENT_CAFILE', undefined],
    ['ten years for running jobs', {}, 'MAXJOBRETIREMENTTIME', '315360000'],
    ['the update interval', { updateIntervalSeconds: 10 }, 'UPDATE_INTERVAL', '10'],
    ['the same for the master ad', { updateIntervalSeconds: 10 }, 'MASTER_UPDATE_INTERVAL', '10'],
    ['jobs of all who name no pool', {}, 'START', '(TARGET.EhosPool =?= undefined || TARGET.EhosPool == MY.EhosPool)'],
    [
      'jobs of the pool alone',
      { acceptsUnnamedJobs: false },
      'START',
      '(TARGET.EhosPool =!= undefined && TARGET.EhosPool == MY.EhosPool)',
    ],
    ['attributes', { startdAttributes: { Rack: '"r1"' } }, 'STARTD_ATTRS', '$(STARTD_ATTRS) EhosNodeId EhosPool Rack'],
    [
      'the value of an attribute',
      { startdAttributes: { Rack: '"r1" # not a comment' } },
      'Rack',
      '"r1" # not a comment',
    ],
  ];
  for (const [title, change, name, value] of settings) {
    it(`configures ${title}`, () => {
      expect(setting(worker(change), name)).to.equal(value);
    });
  }

  describe('size', () => {
    const noise = (length: number): string => {
      let state = 1;
      const next = (): string => ((state = (state * 48_271) % 2_147_483_647) % 36).toString(36);
      return `#!/bin/sh\n# ${Array.from({ length }, next).join('')}\n`;
    };

    it('of a plain node is far below the limit', () => {
      expect(renderUserData(worker(), undefined).length).to.be.below(6_000);
    });

    it('is used to the last byte before packing', () => {
      const room = MAX_USER_DATA_BYTES - renderUserData(worker(), '#!/bin/sh\n').length;
      const full = renderUserData(worker(), `#!/bin/sh\n${'#'.repeat(room)}`);
      expect(full.length).to.equal(MAX_USER_DATA_BYTES);
      const more = renderUserData(worker(), `#!/bin/sh\n${'#'.repeat(room + 1)}`);
      expect([...more.subarray(0, 2)]).to.deep.equal([0x1f, 0x8b]);
      expect(gunzipSync(more).toString()).to.contain('merge_how');
    });

    it('that gzip cannot help is Invalid, naming field, size and limit', () => {
      const error = invalidOf(() => renderUserData(worker(), noise(120_000)));
      expect(error).to.include({ errorClass: 'Invalid', field: 'template.userData' });
      expect(error.message).to.match(/\d{5,} bytes \(gzip\), and 49149 is the limit/);
    });
  });

  describe("the user's part", () => {
    const types: [first: string, type: string][] = [
      ['#cloud-config\na: 1', 'text/cloud-config'],
      ['#cloud-config-archive\n- x', 'text/cloud-config-archive'],
      ['#cloud-config-jsonp\n[]', 'text/cloud-config-jsonp'],
      ['#cloud-boothook\ntrue', 'text/cloud-boothook'],
      ['#include\nhttps://x.example/a', 'text/x-include-url'],
      ['#include-once\nhttps://x.example/a', 'text/x-include-once-url'],
      ['#part-handler\nx', 'text/part-handler'],
      ['#!/bin/sh\ntrue', 'text/x-shellscript'],
      ['## template: jinja\n#cloud-config\na: {{ v1.instance_id }}', 'text/jinja2'],
      ['\n  #Cloud-Config\na: 1', 'text/cloud-config'],
    ];
    for (const [text, type] of types) {
      it(`${JSON.stringify(text.slice(0, 24))} is ${type}`, () => {
        const rendered = renderUserData(worker(), text).toString();
        expect(rendered.split('\n')[4]).to.equal(`Content-Type: ${type}; charset="us-ascii"`);
        expect(rendered).to.contain(`\n\n${text}\n--ehos-`);
      });
    }

    it('is unpacked when it is gzip', () => {
      const packed = gzipSync('#!/bin/sh\necho packed\n');
      expect(renderUserData(worker(), packed).equals(renderUserData(worker(), '#!/bin/sh\necho packed\n'))).to.equal(
        true,
      );
    });

    for (const nothing of [undefined, '', ' \n', Buffer.alloc(0)]) {
      it(`${nothing === undefined ? 'undefined' : JSON.stringify(nothing)} is none`, () => {
        expect(renderUserData(worker(), nothing).equals(renderUserData(worker(), undefined))).to.equal(true);
      });
    }

    it('cannot end its part by our boundary', () => {
      const uid = worker().nodeUid;
      const rendered = renderUserData(worker(), `#!/bin/sh\n--ehos-${uid}-0\n--ehos-${uid}-0--\n`).toString();
      expect(rendered).to.match(new RegExp(`^Content-Type: multipart/mixed; boundary="ehos-${uid}-1"`));
    });

    it('in UTF-8 goes in base64, whole', () => {
      const text = `#!/bin/sh\necho ${'ü'.repeat(200)}\n`;
      const rendered = renderUserData(worker(), text).toString();
      const body = /base64\n[^\n]*\n\n([A-Za-z0-9+/=\n]+?)\n--ehos/.exec(rendered)?.[1] ?? '';
      expect(Buffer.from(body, 'base64').toString()).to.equal(text);
      expect(Math.max(...body.split('\n').map((line) => line.length))).to.equal(76);
    });

    const refused: [title: string, userData: string | Buffer, words: RegExp][] = [
      ['YAML without its first line', 'runcmd: [true]', /first line is "runcmd: \[true\]"/],
      ['base64 of user data', Buffer.from('#!/bin/sh').toString('base64'), /would ignore it/],
      ['gzip that is broken', Buffer.from([0x1f, 0x8b, 1, 2, 3]), /cannot be unpacked/],
      ['gzip that unpacks to very much', gzipSync(Buffer.alloc(5_000_000, '#')), /at most 1048576 bytes/],
      ['bytes that are no text', Buffer.from([0xff, 0xfe, 0]), /neither text/],
      ['a MIME message without body', 'MIME-Version: 1.0', /without an empty line/],
      ['a MIME message without type', 'MIME-Version: 1.0\n\nx', /without Content-Type/],
    ];
    for (const [title, userData, words] of refused) {
      it(`is refused: ${title}`, () => {
        const error = invalidOf(() => renderUserData(worker(), userData));
        expect(error).to.include({ errorClass: 'Invalid', field: 'template.userData' });
        expect(error.message).to.match(words);
      });
    }
  });

  describe('refuses', () => {
    const collector = worker().collector;
    const unsound: [title: string, change: Partial<WorkerConfig>, field: RegExp][] = [
      ['a uid with a quote', { nodeUid: 'a"b' }, /nodeUid/],
      ['a uid with a line break', { nodeUid: 'a\nSTART = true' }, /nodeUid/],
      ['an empty uid', { nodeUid: '' }, /nodeUid/],
      ['a pool with a line break', { pool: 'a\nb' }, /pool/],
      ['a pool in capitals', { pool: 'Pool' }, /pool/],
      ['a host with a space', { collector: { ...collector, host: 'a b' } }, /spec\.condor\.host/],
      ['a host with a line break', { collector: { ...collector, host: 'a\n' } }, /spec\.condor\.host/],
      [
        'a name that is not in the certificate',
        { collector: { ...collector, host: 'cm.example' } },
        /spec\.condor\.host/,
      ],
      ['a certificate without a name', { collector: { ...collector, alias: undefined } }, /spec\.condor\.host/],
      ['port 0', { collector: { ...collector, port: 0 } }, /spec\.condor\.port/],
      ['port 65536', { collector: { ...collector, port: 65_536 } }, /spec\.condor\.port/],
      ['an alias that ends the address', { collector: { ...collector, alias: 'a>&b' } }, /certificate/],
      ['a trust domain with a quote', { trustDomain: "a'b" }, /TRUST_DOMAIN/],
      ['no update interval', { updateIntervalSeconds: 0 }, /update interval/],
      ['half a second', { updateIntervalSeconds: 0.5 }, /update interval/],
      ['a token on two lines', { credentials: { method: 'Token', token: `${TOKEN}\nx: y` } }, /token/],
      ['a token that is none', { credentials: { method: 'Token', token: 'secret' } }, /token/],
      [
        'a certificate that is none',
        { credentials: { method: 'Approve', caCertificate: 'x', lifetimeSeconds: 1 } },
        /certificate/,
      ],
      [
        'an endless token',
        { credentials: { ...worker().credentials, method: 'Approve', caCertificate: '', lifetimeSeconds: Infinity } },
        /certificate/,
      ],
      ['an attribute with a space', { startdAttributes: { 'a b': '1' } }, /startdAttributes/],
      ['an attribute with an equals sign', { startdAttributes: { 'a=1\nSTART': '1' } }, /startdAttributes/],
      ['an expression on two lines', { startdAttributes: { A: '1\nSTART = true' } }, /startdAttributes\.A/],
      ['an expression with a carriage return', { startdAttributes: { A: '1\rSTART = true' } }, /startdAttributes\.A/],
      ['an expression that swallows the next line', { startdAttributes: { A: '1 \\' } }, /startdAttributes\.A/],
      ['an empty expression', { startdAttributes: { A: ' ' } }, /startdAttributes\.A/],
      ['START', { startdAttributes: { start: 'true' } }, /startdAttributes\.start/],
      ['another identity', { startdAttributes: { EhosNodeId: '"x"' } }, /startdAttributes\.EhosNodeId/],
      ['an attribute twice', { startdAttributes: { a: '1', A: '2' } }, /startdAttributes\.A/],
    ];
    for (const [title, change, field] of unsound) {
      it(title, () => {
        const error = invalidOf(() => renderUserData(worker(change), undefined));
        expect(error.errorClass).to.equal('Invalid');
        expect(error.field).to.match(field);
        expect(error.message).not.to.contain('\n').and.not.to.contain(TOKEN).and.not.to.contain('secret');
      });
    }

    it('a lifetime without end', () => {
      const credentials = { ...worker().credentials, lifetimeSeconds: Infinity } as WorkerConfig['credentials'];
      expect(invalidOf(() => renderUserData(worker({ credentials }), undefined)).field).to.equal(
        'spec.nodeCredentials.lifetime',
      );
    });
  });
});
