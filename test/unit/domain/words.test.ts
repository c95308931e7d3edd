import { expect } from 'chai';
import { groupWords, jobsWords, memoryWords, namesWords, shapeWords } from '../../../src/domain/words.ts';
import { GIB_DISK, jobs } from './planning.ts';

describe('domain/words', () => {
  const rows: [text: string, expected: string][] = [
    [memoryWords(512), '512 MiB'],
    [memoryWords(1024), '1 GiB'],
    [memoryWords(1536), '1536 MiB'],
    [memoryWords(0), '0 MiB'],
    [shapeWords(jobs(1, 4, 2048)), '4 cores 2 GiB'],
    [shapeWords(jobs(1, 1, 512, { gpus: 2 })), '1 core 512 MiB 2 GPUs'],
    [shapeWords(jobs(1, 1, 512, { disk: 1.5 * GIB_DISK })), '1 core 512 MiB 1.5 GiB disk'],
    [jobsWords([jobs(1), jobs(2, 1, 512, { disk: 1 })], ''), '3 jobs of 1 core 512 MiB'],
    [groupWords([jobs(2, 2), jobs(1, 1), jobs(2, 1, 512, { disk: 7 })]), '3 of 1 core 512 MiB, 2 of 2 cores 512 MiB'],
    [
      groupWords([1, 2, 3, 4, 5, 6].map((n) => jobs(10 - n, n))),
      '9 of 1 core 512 MiB, 8 of 2 cores 512 MiB, 7 of 3 cores 512 MiB, 6 of 4 cores 512 MiB, 9 of 2 other shapes',
    ],
    [namesWords(['a', 'b']), 'a, b'],
    [namesWords(['a', 'b', 'c', 'd', 'e', 'f', 'g']), 'a, b, c, d, e and 2 more'],
  ];
  for (const [text, expected] of rows) it(expected, () => expect(text).to.equal(expected));
});
