// Drives a server of toxiproxy's API with toxiproxy-node-client: main.js ADDRESS.
const net = require("net");
const { Toxiproxy } = require("toxiproxy-node-client");

function require_(holds, what) {
  if (!holds) {
    throw new Error("not so: " + what);
  }
  console.log("ok: " + what);
}

// A service that sends back what it gets; its address.
function echo() {
  return new Promise((resolve) => {
    const server = net.createServer((client) => client.pipe(client).on("error", () => {}));
    server.unref();
    server.listen(0, "127.0.0.1", () => resolve("127.0.0.1:" + server.address().port));
  });
}

// How long a line takes to come back, in milliseconds; or the code of the error.
function roundTrip(listen) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const [host, port] = listen.split(":");
    const client = net.connect(Number(port), host, () => client.write("line\n"));
    client.on("data", () => {
      resolve(performance.now() - begun);
      client.destroy();
    });
    client.on("error", (error) => resolve(error.code));
    client.on("close", () => resolve("closed"));
  });
}

async function main() {
  const toxiproxy = new Toxiproxy(process.argv[2]);
  console.log("version: " + (await toxiproxy.getVersion()).trim());

  const upstream = await echo();
  const proxy = await toxiproxy.createProxy({ name: "echo", listen: "127.0.0.1:0", upstream, enabled: true });
  require_((await roundTrip(proxy.listen)) >= 0, "a proxy that createProxy made passes bytes on");

  const toxic = await proxy.addToxic({
    name: "slow", type: "latency", stream: "downstream", toxicity: 1, attributes: { latency: 100, jitter: 0 },
  });
  require_((await roundTrip(proxy.listen)) >= 100, "addToxic delays");
  const updated = await toxic.update({ ...toxic.toJson(), attributes: { latency: 200, jitter: 0 } });
  require_(updated.attributes.latency === 200, "update changes a toxic");
  require_((await (await toxiproxy.get("echo")).getToxic("slow")).attributes.latency === 200, "getToxic reads it");
  await toxic.remove();

  await proxy.addToxic({ name: "", type: "reset_peer", stream: "upstream", toxicity: 1, attributes: { timeout: 0 } });
  require_((await roundTrip(proxy.listen)) === "ECONNRESET", "a reset is ECONNRESET");

  const off = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
  require_(!off.enabled && (await roundTrip(proxy.listen)) === "ECONNREFUSED", "a disabled proxy refuses");
  await toxiproxy.reset();
  require_((await roundTrip(proxy.listen)) >= 0, "reset enables it and removes its toxics");

  const made = await toxiproxy.populate([
    { name: "echo", listen: proxy.listen, upstream, enabled: true },
    { name: "other", listen: "127.0.0.1:0", upstream, enabled: true },
  ]);
  require_(Object.keys(made).join() === "echo,other", "populate makes a list");
  await made.other.remove();
  require_(Object.keys(await toxiproxy.getAll()).join() === "echo", "a removed proxy is gone");
  const gone = await toxiproxy.get("other").catch((error) => error.message);
  require_(gone === "Request failed with status code 404", "and not found");
}

main().then(() => process.exit(0), (error) => {
  console.log(error.message);
  process.exit(1);
});
