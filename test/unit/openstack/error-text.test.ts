import { expect } from 'chai';
import fc from 'fast-check';
import { presentable, readError } from '../../../src/openstack/error-text.ts';
import { hostileText, UNPRINTABLE } from '../base/hostile.ts';

const BASE64 = Buffer.from('#cloud-config\npassword: hunter2-hunter2\n'.repeat(400)).toString('base64');
const TOKEN = `gAAAAABrBKzh${'aB3_-'.repeat(30)}`;

describe('what a service said, fit to be shown', () => {
  const rows: [string, string, string][] = [
    [
      'user data in its own field',
      `Invalid input for field/attribute user_data. Value: ${BASE64}. '${BASE64}' is too long`,
      'Invalid input for field/attribute user_data, is too long',
    ],
    [
      'short user data in its own field',
      "Invalid input for field/attribute user_data. Value: c2VjcmV0. 'c2VjcmV0' is not a 'base64'",
      "Invalid input for field/attribute user_data, is not a 'base64'",
    ],
    [
      'user data inside the whole server',
      `Invalid input for field/attribute server. Value: {'name': 'a', 'user_data': 'c2VjcmV0', 'bogus': 1}. Additional properties are not allowed ('bogus' was unexpected)`,
      "Invalid input for field/attribute server, Additional properties are not allowed ('bogus' was unexpected)",
    ],
    [
      'the whole server without a required property',
      "Invalid input for field/attribute server. Value: {'user_data': 'c2VjcmV0'}. 'networks' is a required property",
      "Invalid input for field/attribute server, 'networks' is a required property",
    ],
    [
      'a refusal in words not known here',
      "Invalid input for field/attribute server. Value: {'user_data': 'c2VjcmV0'}. {'user_data': 'c2VjcmV0'} tastes bad",
      'Invalid input for field/attribute server',
    ],
    [
      'a list',
      "Invalid input for field/attribute tags. Value: ['a', 'a']. ['a', 'a'] has non-unique elements",
      'Invalid input for field/attribute tags, has non-unique elements',
    ],
    ['base64 anywhere', `something is odd about ${BASE64} here`, 'something is odd about [...] here'],
    ['a token anywhere', `token ${TOKEN} is bad`, 'token [...] is bad'],
    ['a short Fernet token', `token gAAAAABrBKzhabcdefghijklmnop is bad`, 'token [redacted] is bad'],
    ['adminPass', '{"adminPass": "UbyU8zaK2Na7"}', '{"adminPass": [redacted]}'],
    [
      "Keystone's schema dump with the request",
      "None is not of type 'string'\n\nFailed validating 'type' in schema:\n    {}\n\nOn instance['auth']:\n    {'password': 'hunter2'}",
      "None is not of type 'string'",
    ],
    ['lines', 'one\n  two\tthree ', 'one two three'],
    ['HTML breaks', 'gone<br /><br />\n\n', 'gone'],
  ];
  for (const [what, message, shown] of rows) {
    it(what, () => expect(presentable(message)).to.equal(shown));
  }
  it('is cut at 300 characters', () => expect(presentable('word '.repeat(200))).to.have.length(303));
});

describe('reading an error body', () => {
  const JSON_TYPE = 'application/json; charset=UTF-8';
  const rows: [string, string | undefined, string, { kind: string; text: string }][] = [
    ['Nova', JSON_TYPE, '{"itemNotFound": {"code": 404, "message": "gone"}}', { kind: 'itemNotFound', text: 'gone' }],
    [
      'Neutron',
      JSON_TYPE,
      '{"NeutronError": {"type": "OverQuota", "message": "full"}}',
      { kind: 'OverQuota', text: 'full' },
    ],
    ['Keystone', JSON_TYPE, '{"error": {"code": 401, "message": "no", "title": "x"}}', { kind: 'error', text: 'no' }],
    ['a router', JSON_TYPE, '{"message": "no such", "code": "404 Not Found"}', { kind: '', text: 'no such' }],
    ['a proxy', JSON_TYPE, '{"error": "gateway time-out"}', { kind: '', text: 'gateway time-out' }],
    ['JSON that says nothing', JSON_TYPE, '[]', { kind: '', text: '' }],
    [
      'HTML that says it is JSON',
      JSON_TYPE,
      '<html><body>x &lt;y&gt; &amp; &quot;z&quot;&nbsp;&#39;</body></html>',
      { kind: '', text: 'x <y> & "z" \'' },
    ],
    [
      'HTML with a title only',
      'text/html',
      '<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>',
      { kind: '', text: '502 Bad Gateway' },
    ],
    ['plain text without a type', undefined, 'upstream error', { kind: '', text: 'upstream error' }],
    [
      'JSON that is called text is not trusted',
      'text/plain',
      '{"a": {"message": "m"}}',
      { kind: '', text: '{"a": {"message": "m"}}' },
    ],
  ];
  for (const [what, type, body, said] of rows) {
    it(what, () => expect(readError(type, body)).to.deep.equal(said));
  }
});

describe('a refusal that means no good', () => {
  for (const piece of ['<h1>', '<head>', '<', '<title>', '<html><head><h1>', 'x ', '\u001b[2J', '"', '{"a":'])
    it(`is one short line, and takes no time, with megabytes of ${JSON.stringify(piece)}`, () => {
      const started = performance.now();
      for (const type of ['text/html', 'application/json']) {
        const { kind, text } = readError(type, `<html>${piece.repeat(500_000)}`);
        expect(kind).to.equal('');
        expect(text.length).to.be.below(310);
      }
      const wrapped = JSON.stringify({ badRequest: { message: piece.repeat(500_000) } });
      expect(readError('application/json', wrapped).text.length).to.be.below(310);
      expect(performance.now() - started).to.be.below(3_000);
    });

  it('is printable whatever it says', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom('text/plain', 'text/html', 'application/json'), (said, type) => {
        const body = type === 'application/json' ? JSON.stringify({ [said]: { message: said, type: said } }) : said;
        expect(readError(type, body).text).not.to.match(UNPRINTABLE);
      }),
    );
  });
});
