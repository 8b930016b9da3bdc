// A wallet in the page (EIP-1193, announced after EIP-6963) that asks Node for everything.
// `scene` says how it behaves: accounts, chain, what it declines; Node may change it at any time.
export async function give(page, { wallet, account, chain, names = ["Test Wallet"], legacy = false }) {
  const scene = { account, chain, declines: new Set(), switches: true, before: {} };
  // with a limit of gas nobody tries a transaction out before it is sent
  const limited = (method, [first, ...rest]) => (scene.gas && method === "eth_sendTransaction" ? [{ ...first, gas: scene.gas }] : [first, ...rest]);
  await page.exposeFunction("askWallet", async (method, params) => {
    await scene.before[method]?.();
    if (scene.declines.has(method)) return { error: { code: 4001, message: "User rejected the request." } };
    if (method === "eth_requestAccounts" || method === "eth_accounts") return { result: [scene.account] };
    if (method === "eth_chainId") return { result: "0x" + scene.chain.toString(16) };
    if (method === "wallet_switchEthereumChain") {
      if (!scene.switches) return { error: { code: 4902, message: "Unrecognized chain." } };
      scene.chain = Number(params[0].chainId);
      return { result: null };
    }
    const asked = await fetch(wallet, { method: "POST", body: JSON.stringify({ account: scene.account, method, params: limited(method, params) }) });
    return asked.json();
  });
  await page.addInitScript(inPage, { names, legacy });
  scene.emit = (event, value) => page.evaluate(([name, what]) => window.emitFromWallet(name, what), [event, value]);
  return scene;
}

function inPage({ names, legacy }) {
  const listeners = {};
  window.emitFromWallet = (name, value) => (listeners[name] ?? []).forEach((listen) => listen(value));
  const provider = {
    on: (name, listen) => (listeners[name] ??= []).push(listen),
    request: async ({ method, params = [] }) => {
      const { result, error } = await window.askWallet(method, params);
      if (error) throw Object.assign(new Error(error.message), { code: error.code });
      return result;
    },
  };
  if (legacy) return void (window.ethereum = provider);
  const announce = () =>
    names.forEach((name, index) => {
      const info = { uuid: `00000000-0000-4000-8000-00000000000${index}`, name, rdns: `test.wallet${index}`, icon: "data:," };
      dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
    });
  addEventListener("eip6963:requestProvider", announce);
  announce();
}
