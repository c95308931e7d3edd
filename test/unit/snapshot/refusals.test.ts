import { expect } from 'chai';
import { parse } from 'yaml';
import { LEAST, problemsOf, spoiled } from './least.ts';

describe('reading a snapshot', () => {
  it('takes the least that can be planned', () => expect(problemsOf(LEAST)).to.deep.equal([]));

  describe('refuses a value, and names field, value and what is allowed:', () => {
    for (const [change, words] of [
      [
        { 'clouds.0.flavors.0.memory': 0 },
        'clouds[0].flavors[0].memory: 0 is not allowed: give a number above 0 or an amount such as 8Gi',
      ],
      [{ 'clouds.0.flavors.0.memory': -5 }, 'clouds[0].flavors[0].memory: -5 is not allowed'],
      [
        { 'clouds.0.flavors.0.memory': '8GB' },
        'memory: "8GB" is not allowed: give a number above 0 or an amount such as 8Gi',
      ],
      [{ 'clouds.0.flavors.0.memory': undefined }, 'clouds[0].flavors[0]: "memory" is missing: give a number above 0'],
      [
        { 'clouds.0.flavors.0.cores': undefined },
        'clouds[0].flavors[0]: "cores" is missing: give a whole number from 1',
      ],
      [{ 'clouds.0.flavors.0.cores': 0 }, 'cores: 0 is not allowed: give a whole number from 1 to 1000000'],
      [{ 'clouds.0.flavors.0.cores': 1.5 }, 'cores: 1.5 is not allowed: give a whole number'],
      [
        { 'clouds.0.quota.cores.limit': -2 },
        'quota.cores.limit: -2 is not allowed: give a whole number of at least -1 or unlimited',
      ],
      [{ 'clouds.0.quota.cores.used': -1 }, 'quota.cores.used: -1 is not allowed: give a whole number of at least 0'],
      [{ 'clouds.0.serverGroupMembers': -2 }, 'clouds[0].serverGroupMembers: -2 is not allowed'],
      [
        { 'masters.0.queue.0.count': -1 },
        'masters[0].queue[0].count: -1 is not allowed: give a whole number of at least 0',
      ],
      [{ 'masters.0.queue.0.count': null }, 'masters[0].queue[0].count: null is not allowed'],
      [{ 'masters.0.queue.0.state': 'Dreaming' }, 'state: "Dreaming" is not allowed: give one of Idle, Running,'],
      [
        { 'pools.0.spec.maxNodes': -1 },
        'pools[0].spec.maxNodes: -1 is not allowed: give a whole number from 0 to 10000',
      ],
      [{ 'pools.0.spec.maxNodes': 20_000 }, 'maxNodes: 20000 is not allowed: give a whole number from 0 to 10000'],
      [{ 'pools.0.spec.maxNodes': undefined }, 'pools[0].spec: "maxNodes" is missing'],
      [{ 'pools.0.spec.mode': 'Sometimes' }, 'mode: "Sometimes" is not allowed: give one of Active, Observe, Paused'],
      [{ 'pools.0.spec.minNodes': 6 }, 'spec.minNodes: 6 exceeds maxNodes 5: lower minNodes or raise maxNodes'],
      [{ 'pools.0.spec.replicas': 6 }, 'spec.replicas: 6 exceeds maxNodes 5'],
      [{ 'pools.0.spec.spareNodes': 6 }, 'spec.spareNodes: 6 exceeds maxNodes 5'],
      [
        { 'pools.0.spec.template': {} },
        'spec.template: there is no flavor to choose from: give template.flavors, or flavors for every',
      ],
      [{ 'pools.0.spec.template.flavors': ['a', 'a'] }, 'template.flavors: "a" is there twice: name each once'],
      [
        { 'pools.0.spec.scaleDown': { consolidateAfter: '5 minutes' } },
        '"5 minutes" is not allowed: give a duration of at least 1s',
      ],
      [{ 'pools.0.spec.scaleDown': { consolidateAfter: '' } }, '"" is not allowed: give a duration of at least 1s'],
      [{ 'pools.0.spec.clouds': [] }, 'spec.clouds: it has 0 items: give a list of 1 to 16 items'],
      [{ 'pools.0.metadata.name': 'My Pool' }, 'metadata.name: "My Pool" is not allowed: give a text such as main'],
      [{ 'pools.0.kind': 'EhosCloud' }, 'pools[0].kind: "EhosCloud" is not allowed: give EhosNodePool'],
      [
        { 'nodes.general.0.state': 'Sleeping' },
        'nodes.general[0].state: "Sleeping" is not allowed: give one of Starting,',
      ],
      [
        { 'nodes.general.0.count': 10_001 },
        'nodes.general[0].count: 10001 is not allowed: give a whole number from 1 to 10000',
      ],
      [{ 'nodes.general.0.idleFor': 'long' }, 'idleFor: "long" is not allowed: give a text such as 90s or 1h30m'],
      [
        { 'nodes.general.0.createdAt': 'yesterday' },
        'createdAt: "yesterday" is not allowed: give a text such as 2026-01-31T12:00:00Z',
      ],
      [{ takenAt: '2026-13-45T99:00:00Z' }, 'takenAt: "2026-13-45T99:00:00Z" is not allowed'],
    ] as const)
      it(JSON.stringify(change), () => expect(problemsOf(spoiled(change)).join('\n')).to.contain(words));
  });

  describe('refuses what YAML calls numbers and cannot be planned with:', () => {
    for (const value of ['.inf', '-.inf', '.nan'])
      it(value, () => {
        const text = LEAST.replace('memory: 2Gi', `memory: ${value}`);
        expect(problemsOf(text)).to.deep.equal([
          `line 6: clouds[0].flavors[0].memory: ${value} is not allowed: give a number above 0 or an amount such as 8Gi`,
        ]);
      });
  });

  it('refuses a shape given as an expression, and says what to do', () => {
    const text = LEAST.replace('{ count: 3 }', '{ count: 3, memory: 512, disk: "/Expr(DiskUsage)/" }');
    expect(problemsOf(text)).to.deep.equal([
      'line 10: masters[0].queue[0].disk: "/Expr(DiskUsage)/" is not allowed: give a number of at least 0 or an amount such as 8Gi. ' +
        'An expression cannot be planned with: give what it comes to for these jobs, or leave it out (1024 then counts)',
    ]);
  });

  describe('refuses unknown names, and says which is nearest:', () => {
    for (const [change, words] of [
      [{ 'pools.0.spec.maxNode': 3 }, 'pools[0].spec.maxNode: there is no such field: did you mean "maxNodes"?'],
      [{ 'masters.0.queue.0.counts': 3 }, 'masters[0].queue[0].counts: there is no such field: did you mean "count"?'],
      [{ 'masters.0.hats': 3 }, 'masters[0].hats: there is no such field: there are name, queue, problem'],
      [{ 'nodes.generl': [] }, 'nodes.generl: there is no pool of this name: did you mean "general"?'],
      [{ 'remembered.other': {} }, 'remembered.other: there is no pool of this name: there is general'],
    ] as const)
      it(JSON.stringify(change), () => expect(problemsOf(spoiled(change)).join('\n')).to.contain(words));
  });

  describe('refuses what is there twice:', () => {
    const cloud = { name: 'east' };
    const flavor = { name: 'm1.small', cores: 1, memory: 1 };
    const node = { name: 'node-1', cloud: 'east', flavor: 'm1.small', state: 'Idle' };
    const rest = { flavor: 'm1.small', reason: 'full', until: '2026-01-31T12:00:00Z' };
    for (const [change, words] of [
      [{ 'clouds.1': cloud }, 'clouds[1].name: there is another cloud named "east"'],
      [
        { 'clouds.0.flavors.1': flavor },
        'clouds[0].flavors[1].name: there is another flavor of this cloud named "m1.small"',
      ],
      [{ 'masters.1': { name: 'main' } }, 'masters[1].name: there is another master named "main"'],
      [
        { 'pools.1': (parse(LEAST) as { pools: unknown[] }).pools[0] },
        'pools[1].metadata.name: there is another pool named "general"',
      ],
      [{ 'pools.0.spec.clouds.1': cloud }, 'pools[0].spec.clouds[1].name: there is another cloud of this pool'],
      [{ 'nodes.general.1': node }, 'nodes.general[1].name: there is another node named "node-1"'],
      [
        { 'nodes.general.1': { ...node, name: 'node', count: 3 } },
        'nodes.general[1].name: there is another node named "node-1"',
      ],
      [
        { 'remembered.general.clouds': [{ name: 'east', rests: [rest, rest] }] },
        'rests[1]: there is another place that rests',
      ],
    ] as const)
      it(words, () => expect(problemsOf(spoiled(change)).join('\n')).to.contain(words));

    it('keys of a mapping', () =>
      expect(problemsOf('a: 1\na: 2\n')).to.deep.equal(['Map keys must be unique at line 2, column 1']));
  });

  it('refuses two times for one thing', () =>
    expect(
      problemsOf(spoiled({ 'nodes.general.0.idleFor': '5m', 'nodes.general.0.idleSince': '2026-01-31T12:00:00Z' })),
    ).to.deep.equal(['nodes.general[0].idleFor: idleSince is given, too: give one of them']));

  it('refuses pools of several namespaces', () =>
    expect(problemsOf(spoiled({ namespace: 'a', 'pools.0.metadata.namespace': 'b' }))).to.deep.equal([
      'pools[0].metadata.namespace: "b" is not the namespace of the snapshot, "a": a snapshot is of one namespace',
    ]));

  it('refuses more nodes than it can hold, without making them', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({
      name: `n${i}`,
      count: 10_000,
      cloud: 'east',
      flavor: 'm',
      state: 'Idle',
    }));
    expect(problemsOf(spoiled({ 'nodes.general': many }))).to.deep.equal([
      'nodes: they are 500000 together: give at most 100000',
    ]);
  });

  it('tells everything at once, in the order of the file, up to 20', () => {
    const queue = Array.from({ length: 30 }, () => ({ count: -1 }));
    const problems = problemsOf(spoiled({ 'masters.0.queue': queue, 'clouds.0.flavors.0.cores': 0 }));
    expect(problems).to.have.length(21);
    expect(problems.at(-1)).to.equal('and 11 more');
    const inYaml = problemsOf(LEAST.replace('count: 3', 'count: -3').replace('cores: 1,', 'cores: 0,'));
    expect(inYaml.map((problem) => problem.split(':')[0])).to.deep.equal(['line 6', 'line 10']);
  });

  describe('refuses as a whole:', () => {
    for (const [what, text, words] of [
      ['nothing', '', 'it is empty: it must hold one EhosSnapshot'],
      ['blanks', ' \n\n', 'it is empty: it must hold one EhosSnapshot'],
      ['comments', '# nothing\n', 'it holds nothing but comments'],
      ['a sentence', 'hello', 'it is no mapping: give one EhosSnapshot of ehos.io/v1alpha1'],
      ['a list', '- a\n', 'it is a list: give one EhosSnapshot'],
      ['several documents', `${LEAST}---\n${LEAST}`, 'it holds 2 documents: give one EhosSnapshot'],
      [
        'a list of resources',
        'apiVersion: v1\nkind: List\nitems: []\n',
        'are "v1" "List": give one EhosSnapshot of ehos.io/v1alpha1, with the EhosNodePools in',
      ],
      ['another version', LEAST.replace('v1alpha1', 'v9'), 'apiVersion and kind are "ehos.io/v9" "EhosSnapshot": give'],
      ['no kind', LEAST.replace('kind: EhosSnapshot', ''), 'are "ehos.io/v1alpha1" (nothing): give'],
      ['broken YAML', 'a: [1\nb: 2\n', 'at line 2, column 1'],
      ['tabs', 'a:\n\t- b\n', 'line 2'],
      [
        'aliases that multiply',
        `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
        'alias',
      ],
    ] as const)
      it(what, () => {
        const problems = problemsOf(text);
        expect(problems).to.have.length(1);
        expect(problems[0]).to.contain(words).and.not.match(/\n/);
      });

    it('more YAML than can be read in time, and says that JSON may be larger', () =>
      expect(problemsOf(`# ${'x'.repeat(9 * 1024 * 1024)}`)).to.deep.equal([
        'it has 10 MiB, the most is 8 MiB of YAML; as JSON it may have 64 MiB',
      ]));

    it('broken JSON of that size, with what is wrong', () => {
      const [problem] = problemsOf(`{"a": "${'x'.repeat(9 * 1024 * 1024)}", }`);
      expect(problem).to.match(/^it is no JSON: .{10,200}$/);
    });
  });
});
