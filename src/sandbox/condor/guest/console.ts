/** Lines that cloud-init 25.1 prints on the console (form: fixture console-first-boot.txt). */

export interface ConsoleFacts {
  bootedAt: number;
  hostname: string;
  address: string;
}

const VERSION = '25.1.4';
const DATASOURCE = 'DataSourceConfigDrive [net,ver=2][source=/config-drive]';

export const consoleLines = {
  start: (facts: ConsoleFacts, now: number): string[] => [
    `[    0.000000] Linux version 6.12.48+deb13-cloud-amd64 (${facts.hostname})`,
    stage('init-local', facts, now),
    stage('init', facts, now),
    `ci-info: |  eth0  | True | ${facts.address.padEnd(19)} |`,
    stage('modules:config', facts, now),
    stage('modules:final', facts, now),
  ],
  warning: (text: string, now: number): string =>
    `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')},000 - log_util.py[WARNING]: ${text}`,
  /** Printed in every case, also after errors (measured). */
  finish: (facts: ConsoleFacts, now: number): string =>
    `Cloud-init v. ${VERSION} finished at ${date(now)}. Datasource ${DATASOURCE}.  Up ${uptime(facts, now)} seconds`,
};

function stage(name: string, facts: ConsoleFacts, now: number): string {
  return `Cloud-init v. ${VERSION} running '${name}' at ${date(now)}. Up ${uptime(facts, now)} seconds.`;
}

function uptime(facts: ConsoleFacts, now: number): string {
  return ((now - facts.bootedAt) / 1000).toFixed(2);
}

function date(now: number): string {
  return new Date(now).toUTCString().replace('GMT', '+0000');
}
