import { expect } from 'chai';
import { isSecretKey, REDACTED, redactText } from '../../../src/base/redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlaG9zLW5vZGUtMUBlaG9zIn0.c2lnbmF0dXJl';
const FERNET = 'gAAAAABnXy3kQ0f1mZ8n2Y9xw4Wb7u6Tq5Rr3Pp1Oo0Nn_Mm-Ll';
const PEM = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----';

describe('isSecretKey', () => {
  const secret = [
    'password',
    'Password',
    'OS_PASSWORD',
    'passwd',
    'passphrase',
    'adminPass',
    'admin_pass',
    'secret',
    'application_credential_secret',
    'clientSecret',
    'token',
    'tokens',
    'X-Auth-Token',
    'x-subject-token',
    'authorization',
    'Proxy-Authorization',
    'set-cookie',
    'privateKey',
    'ssh-privatekey',
    'user_data',
    'userData',
    'OS-EXT-SRV-ATTR:user_data',
    'clouds.yaml',
    'kubeconfig',
    'apiKey',
  ];
  for (const key of secret) it(`hides what stands under ${key}`, () => expect(isSecretKey(key)).to.equal(true));

  const harmless = [
    'secretRef',
    'secretName',
    'privateKeyRef',
    'tokenRequests',
    'tokenLifetime',
    'credentialExpiresAt',
    'userDataBytes',
    'pool',
    'key',
    'keyName',
    'author',
    'serverID',
    'passed',
  ];
  for (const key of harmless) it(`shows what stands under ${key}`, () => expect(isSecretKey(key)).to.equal(false));
});

describe('redactText', () => {
  const table: [name: string, text: string, result: string][] = [
    ['a JSON Web Token', `token is ${JWT}.`, `token is ${REDACTED}.`],
    ['the beginning of one', `cut: ${JWT.slice(0, 20)}`, `cut: ${REDACTED}`],
    ['a Keystone token', `got ${FERNET} for it`, `got ${REDACTED} for it`],
    ['a token behind its key', `token: ${JWT}`, `token: ${REDACTED}`],
    ['a private key', `key:\n${PEM}\nend`, `key:\n${REDACTED}\nend`],
    ['a private key that was cut off', `key:\n${PEM.slice(0, 60)}`, `key:\n${REDACTED}`],
    ['an RSA key', '-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY----- x', `${REDACTED} x`],
    ['two keys', `${PEM} and ${PEM}`, `${REDACTED} and ${REDACTED}`],
    ['a token header', 'GET / X-Auth-Token: abc123\nAccept: x', `GET / X-Auth-Token: ${REDACTED}\nAccept: x`],
    ['a token header in JSON', '{"x-auth-token":"abc123"}', `{"x-auth-token":${REDACTED}}`],
    ['a bearer token', 'authorization failed for Bearer abcdef123456', `authorization failed for Bearer ${REDACTED}`],
    ['an authorization header', 'Authorization: Basic dXNlcjpwYXNz', `Authorization: ${REDACTED}`],
    ['password=', 'login user=a password=hunter2, retry', `login user=a password=${REDACTED}, retry`],
    ['"password":', '{"user":"a","password":"hunt er\\"2","x":1}', `{"user":"a","password":${REDACTED},"x":1}`],
    ['password in YAML', 'username: a\npassword: hunter2\nregion: b', `username: a\npassword: ${REDACTED}\nregion: b`],
    ['a secret in single quotes', "secret='a b' c", `secret=${REDACTED} c`],
    [
      'application_credential_secret',
      'application_credential_secret: s3cr3t',
      `application_credential_secret: ${REDACTED}`,
    ],
    ['adminPass', '{"adminPass": "Zx9"}', `{"adminPass": ${REDACTED}}`],
    ['user_data', '{"user_data":"I2Nsb3VkLWNvbmZpZw=="}', `{"user_data":${REDACTED}}`],
    ['a password in a URL', 'rabbit://nova:pa55@host:5672/', `rabbit://nova:${REDACTED}@host:5672/`],
    [
      'nothing secret',
      'cloud east: 3 of 20 cores, http://host:5000/v3',
      'cloud east: 3 of 20 cores, http://host:5000/v3',
    ],
    ['a sentence about passwords', 'the password is wrong', 'the password is wrong'],
    ['a name that begins like a token', 'eyJ and eyJa are short', 'eyJ and eyJa are short'],
  ];
  for (const [name, text, result] of table) {
    it(`treats ${name}`, () => expect(redactText(text)).to.equal(result));
  }

  it('bounds a long text and says how long it was', () => {
    const text = redactText('x'.repeat(10_000));
    expect(text)
      .to.have.length.below(4200)
      .and.to.match(/^x{4096}\.\.\. \(10000 characters\)$/);
  });

  it('leaves no half of a token where it cuts', () => {
    expect(redactText(`${'x'.repeat(4090)} ${JWT}`)).not.to.contain('eyJ');
  });

  for (const [name, text] of [
    ['many opening quotes', 'password="'.repeat(20_000)],
    ['many key beginnings', '-----BEGIN PRIVATE KEY-----'.repeat(5_000)],
    ['many dashes', '-a'.repeat(100_000)],
    ['many blanks', `token${' '.repeat(100_000)}`],
    ['one long word', 'a'.repeat(200_000)],
    ['many dots', 'eyJ' + 'a.'.repeat(100_000)],
    ['many schemes', 'http://a:'.repeat(20_000)],
  ] as const) {
    it(`is quick with ${name}`, () => {
      const start = performance.now();
      redactText(text);
      expect(performance.now() - start).to.be.lessThan(1000);
    });
  }
});
