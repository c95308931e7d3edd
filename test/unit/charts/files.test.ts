/** What the chart's files are made with. */
import { expect } from 'chai';
import { deflateRawSync } from 'node:zlib';
import { renderChartReadme } from '../../../scripts/chart-readme.ts';
import { describedSchema, type ValueSchema } from '../../../scripts/chart-schema.ts';
import { chartValues } from '../../../scripts/chart-values.ts';
import { fileFromZip } from '../../../scripts/zip.ts';

const VALUES = `# How many.
replicas: 2

# Where it
# comes from.
image:
  # Its name.
  name: ''
  # Free of form.
  extra:
    - matchLabels:
        example.org/a: b
`;
const SCHEMA = {
  type: 'object',
  properties: {
    replicas: { description: 'old', type: 'integer', minimum: 1, maximum: 3 },
    image: { properties: { name: { type: 'string' }, extra: { type: 'array' } } },
  },
};

describe('values of the chart', () => {
  it('are read with their comments, however deep, and items of lists are none', () => {
    const found = chartValues(VALUES).map(({ path, comment }) => [path.join('.'), comment]);
    expect(found).to.deep.equal([
      ['replicas', 'How many.'],
      ['image', 'Where it comes from.'],
      ['image.name', 'Its name.'],
      ['image.extra', 'Free of form.'],
    ]);
  });

  it('describe the schema anew, and their types stay', async () => {
    const text = await describedSchema(JSON.stringify(SCHEMA), chartValues(VALUES));
    const { properties = {} } = JSON.parse(text) as ValueSchema;
    expect(properties.replicas).to.deep.equal({ description: 'How many.', type: 'integer', minimum: 1, maximum: 3 });
    expect(properties.image?.properties?.name?.description).to.equal('Its name.');
    expect(await describedSchema(text, chartValues(VALUES))).to.equal(text);
  });

  it('must each have a comment', async () => {
    const values = chartValues(VALUES.replace('# Its name.', ''));
    const said = await describedSchema(JSON.stringify(SCHEMA), values).catch(
      (error: unknown) => (error as Error).message,
    );
    expect(said).to.equal('values.yaml: image.name needs a comment');
  });

  it('stand in the README with default and bounds', () => {
    const text = renderChartReadme(VALUES, chartValues(VALUES), SCHEMA);
    expect(text).to.include('| `replicas` | `2` | How many. From 1 to 3. |');
    expect(text).to.include('## image\n\nWhere it comes from.\n\n');
    expect(text).to.include('| `image.name` | empty | Its name. |');
    expect(text).to.include('| `image.extra` | `[{"matchLabels":{"example.org/a":"b"}}]` | Free of form. |');
    expect(text).not.to.include('`image.extra.matchLabels`');
  });
});

describe('a ZIP archive', () => {
  const archive = zipOf([
    ['plain', Buffer.from('as it is'), false],
    ['folder/packed', Buffer.from('again '.repeat(1000)), true],
  ]);

  it('gives its files, packed or not', () => {
    expect(fileFromZip(archive, 'plain').toString()).to.equal('as it is');
    expect(fileFromZip(archive, 'folder/packed').toString()).to.equal('again '.repeat(1000));
  });

  it('says what it has not, and what is none', () => {
    expect(() => fileFromZip(archive, 'other')).to.throw('the ZIP archive has no file other');
    expect(() => fileFromZip(Buffer.from('no archive'), 'other')).to.throw('this is no ZIP archive');
  });
});

/** An archive as APPNOTE describes it, without what readers may ignore (times, checksums). */
function zipOf(files: [name: string, content: Buffer, packed: boolean][]): Buffer {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  for (const [name, content, packed] of files) {
    const data = packed ? deflateRawSync(content) : content;
    const at = Buffer.concat(bodies).length;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(packed ? 8 : 0, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    bodies.push(local, Buffer.from(name), data);
    entries.push(entry, Buffer.from(name));
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(bodies).length, 16);
  return Buffer.concat([...bodies, ...entries, end]);
}
