// The wallets that this browser offers (EIP-6963, else the older window.ethereum) and the one in use.
// A wallet is remembered by the name it registered, and asked for its accounts silently next time.
const REMEMBERED = "tallystick.wallet";
const OLD_ONE = { uuid: "injected", rdns: "injected", name: "window.ethereum" };
const PATIENCE_MS = 300;

class Wallets extends EventTarget {
  offered = new Map();
  provider = null;
  account = null;
  chain = null;
  #told = false;

  begin() {
    if (this.#told) return;
    this.#told = true;
    addEventListener("eip6963:announceProvider", ({ detail }) => this.#offer(detail?.info, detail?.provider));
    dispatchEvent(new Event("eip6963:requestProvider"));
    setTimeout(() => {
      if (!this.offered.size) this.#offer(OLD_ONE, window.ethereum);
      this.#changed();
    }, PATIENCE_MS);
  }

  // Asks for an account; raises what the wallet raises.
  async connect(uuid) {
    const { info, provider } = this.offered.get(uuid);
    const accounts = await provider.request({ method: "eth_requestAccounts" });
    await this.#use(info, provider, accounts);
  }

  disconnect() {
    localStorage.removeItem(REMEMBERED);
    [this.provider, this.account, this.chain] = [null, null, null];
    this.#changed();
  }

  request(method, ...params) {
    return this.provider.request({ method, params });
  }

  #offer(info, provider) {
    if (!info?.uuid || !provider?.request || this.offered.has(info.uuid)) return;
    this.offered.set(info.uuid, { info, provider });
    if (!this.provider && localStorage.getItem(REMEMBERED) === (info.rdns ?? info.uuid)) this.#resume(info, provider);
    this.#changed();
  }

  async #resume(info, provider) {
    try {
      const accounts = await provider.request({ method: "eth_accounts" });
      if (accounts.length) await this.#use(info, provider, accounts);
    } catch {
      // a wallet that does not answer is one that is not connected
    }
  }

  async #use(info, provider, accounts) {
    const known = this.provider === provider;
    this.provider = provider;
    this.account = accounts[0] ?? null;
    this.chain = Number(await provider.request({ method: "eth_chainId" }));
    localStorage.setItem(REMEMBERED, info.rdns ?? info.uuid);
    if (!known && provider.on) {
      provider.on("accountsChanged", (now) => this.#follow(provider, () => (this.account = now[0] ?? null)));
      provider.on("chainChanged", (now) => this.#follow(provider, () => (this.chain = Number(now))));
    }
    this.#changed();
  }

  #follow(provider, change) {
    if (provider !== this.provider) return;
    change();
    if (!this.account) this.disconnect();
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const wallets = new Wallets();
