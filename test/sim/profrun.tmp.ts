import { scenarioOf } from './generate.ts';
import { Simulation } from './simulation.ts';
const t=performance.now(); const from=Number(process.argv[2]??2001), n=Number(process.argv[3]??60);
let calls=0; const by: Record<string,number>={};
for (let s=from;s<from+n;s++){ const o=await new Simulation(scenarioOf(s)).run(); if(o.violation) console.log(s,o.violation); for (const [k,c] of o.counts.sites){calls+=c.calls; by[k]=(by[k]??0)+c.calls;} }
const c=process.cpuUsage(); console.log(((performance.now()-t)/n).toFixed(0),'ms wall a run', ((c.user+c.system)/1000/n).toFixed(0),'ms cpu', calls/n, 'calls');
console.log(Object.entries(by).sort((a,b)=>b[1]-a[1]).slice(0,25).map(([k,v])=>`${k} ${(v/n).toFixed(1)}`).join('; '));
