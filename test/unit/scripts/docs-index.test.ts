import { expect } from 'chai';
import { linksIn, unreachable } from '../../../scripts/docs-index.ts';

describe('the index of the documents', () => {
  const lost = (texts: Record<string, string>): string[] =>
    unreachable('docs/README.md', new Map(Object.entries(texts)));

  it('leads to a document over others, with and without an anchor', () =>
    expect(
      lost({
        'docs/README.md': '[a](a.md#there) [b](adr/README.md)',
        'docs/a.md': '',
        'docs/adr/README.md': '[one](0001.md) [back](../a.md)',
        'docs/adr/0001.md': '',
      }),
    ).to.deep.equal([]));

  it('names those to which nothing leads, though they link to the index', () =>
    expect(lost({ 'docs/README.md': '[a](a.md)', 'docs/a.md': '', 'docs/b.md': '[index](README.md)' })).to.deep.equal([
      'docs/b.md',
    ]));

  it('takes a link to a folder for one to all that lies in it, and not for one to a folder whose name begins alike', () =>
    expect(
      lost({ 'docs/README.md': '[changes](changes/)', 'docs/changes/1.md': '', 'docs/changes-of-old/1.md': '' }),
    ).to.deep.equal(['docs/changes-of-old/1.md']));

  it('does not go over documents elsewhere, such as the front page', () =>
    expect(lost({ 'docs/README.md': '[front](../README.md)', 'docs/a.md': '' })).to.deep.equal(['docs/a.md']));

  it('sees no links in code', () =>
    expect(
      linksIn('[a](a.md "title") `[b](b.md)`\n1. x\n\n   ```sh\n   [c](c.md)\n   ```\n\n```\n[d](d.md)\n```\n'),
    ).to.deep.equal(['a.md']));
});
