const fetch1=()=>new Response('a');
for (const first of [{development:false,reusePort:false},{development:false}]) {
const a = Bun.serve({hostname:'127.0.0.1',port:0,...first,fetch:fetch1});
for (const o of [{development:false},{development:false,reusePort:false},{reusePort:false}, {}]) try { const b = Bun.serve({hostname:'127.0.0.1',port:a.port,...o,fetch:()=>new Response('b')}); console.log('second ok',first,o); b.stop(true) } catch(e:any){console.log('threw',first,o, e.code)}
}
process.exit(0)
