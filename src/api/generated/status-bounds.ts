// Made from crds/ by "make generate". Do not edit.
import type { Bounds } from '../bounds.ts';

export const STATUS_BOUNDS: Readonly<Record<string, Bounds>> = {
  EhosCloud: {
    fields: {
      quota: {
        fields: {
          instances: {
            fields: {
              limit: { least: -9007199254740991, most: 9007199254740991 },
              used: { least: -9007199254740991, most: 9007199254740991 },
            },
          },
          cores: {
            fields: {
              limit: { least: -9007199254740991, most: 9007199254740991 },
              used: { least: -9007199254740991, most: 9007199254740991 },
            },
          },
          memory: {
            fields: {
              limit: { least: -9007199254740991, most: 9007199254740991 },
              used: { least: -9007199254740991, most: 9007199254740991 },
            },
          },
          volumes: {
            fields: {
              limit: { least: -9007199254740991, most: 9007199254740991 },
              used: { least: -9007199254740991, most: 9007199254740991 },
            },
          },
          gigabytes: {
            fields: {
              limit: { least: -9007199254740991, most: 9007199254740991 },
              used: { least: -9007199254740991, most: 9007199254740991 },
            },
          },
        },
      },
      flavors: {
        most: 256,
        items: {
          fields: {
            flavor: { length: 255 },
            image: { length: 64 },
            cores: { least: 0, most: 2147483647 },
            memory: { least: 0, most: 9007199254740991 },
            disk: { least: 0, most: 9007199254740991 },
            bootSeconds: { least: 0, most: 2147483647 },
          },
        },
      },
      nodes: {
        fields: {
          total: { least: 0, most: 2147483647 },
          booting: { least: 0, most: 2147483647 },
          active: { least: 0, most: 2147483647 },
          error: { least: 0, most: 2147483647 },
          other: { least: 0, most: 2147483647 },
        },
      },
      foreignInstances: { least: 0, most: 2147483647 },
      observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
      conditions: {
        most: 16,
        items: {
          fields: {
            type: { length: 64 },
            reason: { length: 128 },
            message: { length: 4096 },
            observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
          },
        },
      },
    },
  },
  EhosMaster: {
    fields: {
      condorVersion: { length: 128 },
      jobs: {
        fields: {
          idle: { least: 0, most: 9007199254740991 },
          running: { least: 0, most: 9007199254740991 },
          held: { least: 0, most: 9007199254740991 },
          total: { least: 0, most: 9007199254740991 },
        },
      },
      slots: { fields: { total: { least: 0, most: 9007199254740991 }, used: { least: 0, most: 9007199254740991 } } },
      cores: { fields: { total: { least: 0, most: 9007199254740991 }, used: { least: 0, most: 9007199254740991 } } },
      memory: { fields: { total: { least: 0, most: 9007199254740991 }, used: { least: 0, most: 9007199254740991 } } },
      unmatchedJobs: { least: 0, most: 9007199254740991 },
      unmatchedPools: {
        most: 20,
        items: { fields: { pool: { length: 253 }, jobs: { least: 0, most: 9007199254740991 } } },
      },
      observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
      conditions: {
        most: 16,
        items: {
          fields: {
            type: { length: 64 },
            reason: { length: 128 },
            message: { length: 4096 },
            observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
          },
        },
      },
    },
  },
  EhosNodePool: {
    fields: {
      nodes: { least: 0, most: 9007199254740991 },
      starting: { least: 0, most: 9007199254740991 },
      idle: { least: 0, most: 9007199254740991 },
      busy: { least: 0, most: 9007199254740991 },
      draining: { least: 0, most: 9007199254740991 },
      lost: { least: 0, most: 9007199254740991 },
      outdated: { least: 0, most: 9007199254740991 },
      blackHoles: { least: 0, most: 9007199254740991 },
      boots: {
        most: 16,
        items: {
          fields: {
            cloud: { length: 253 },
            flavor: { length: 255 },
            template: { length: 64 },
            failures: { least: 1, most: 2147483647 },
            reason: { length: 1024 },
          },
        },
      },
      desiredNodes: { least: 0, most: 9007199254740991 },
      jobs: {
        fields: {
          idle: { least: 0, most: 9007199254740991 },
          running: { least: 0, most: 9007199254740991 },
          held: { least: 0, most: 9007199254740991 },
          unsatisfiable: {
            most: 20,
            items: {
              fields: {
                count: { least: 0, most: 9007199254740991 },
                cpus: { least: -9007199254740991, most: 9007199254740991 },
                memory: { least: -9007199254740991, most: 9007199254740991 },
                disk: { least: -9007199254740991, most: 9007199254740991 },
                gpus: { least: -9007199254740991, most: 9007199254740991 },
                reason: { length: 1024 },
                remedy: { length: 512 },
              },
            },
          },
          phantom: {
            most: 20,
            items: {
              fields: {
                count: { least: 0, most: 9007199254740991 },
                cpus: { least: -9007199254740991, most: 9007199254740991 },
                memory: { least: -9007199254740991, most: 9007199254740991 },
                disk: { least: -9007199254740991, most: 9007199254740991 },
                gpus: { least: -9007199254740991, most: 9007199254740991 },
                tries: { least: 1, most: 2147483647 },
                refusedBy: { most: 20, items: { length: 512 } },
                example: { length: 64 },
                analysis: { length: 1024 },
              },
            },
          },
        },
      },
      selector: { length: 512 },
      lastDecision: { fields: { what: { length: 1024 }, why: { length: 4096 }, reason: { length: 64 } } },
      recentChanges: { most: 5, items: { fields: { what: { length: 1024 }, why: { length: 4096 } } } },
      observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
      conditions: {
        most: 16,
        items: {
          fields: {
            type: { length: 64 },
            reason: { length: 128 },
            message: { length: 4096 },
            observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
          },
        },
      },
    },
  },
  EhosNode: {
    fields: {
      serverID: { length: 255 },
      slotName: { length: 512 },
      addresses: { most: 32, items: { length: 64 } },
      floatingIP: { length: 64 },
      volumes: { most: 32, items: { length: 64 } },
      cores: { least: 0, most: 2147483647 },
      memory: { least: 0, most: 9007199254740991 },
      disk: { least: 0, most: 9007199254740991 },
      drainReason: { length: 1024 },
      fault: { length: 4096 },
      observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
      conditions: {
        most: 16,
        items: {
          fields: {
            type: { length: 64 },
            reason: { length: 128 },
            message: { length: 4096 },
            observedGeneration: { least: -9007199254740991, most: 9007199254740991 },
          },
        },
      },
    },
  },
};
