/** Calls to the gateway's API with the key of this tab. */

const storage = 'evsebridge.key';

/** The key is wanted, or it is the wrong one. */
export class KeyWanted extends Error {
  name = 'KeyWanted';
}

/** Takes a key out of the address (`?key=` or `#key=`) and remembers it for this tab, so that it is neither bookmarked nor shared. */
export function adoptKey() {
  const address = new URL(location.href);
  const key = address.searchParams.get('key') ?? new URLSearchParams(address.hash.slice(1)).get('key');
  if (key === null) return;
  setKey(key);
  history.replaceState(null, '', address.pathname);
}

export const hasKey = () => sessionStorage.getItem(storage) !== null;
export const setKey = (key) => sessionStorage.setItem(storage, key);
export const forgetKey = () => sessionStorage.removeItem(storage);

/** A request with the key. Throws KeyWanted for 401, and an Error that says what the problem is for every other failure. */
export async function request(path, { headers, ...options } = {}) {
  const response = await fetch(path, {
    ...options,
    headers: { ...headers, authorization: `Bearer ${sessionStorage.getItem(storage) ?? ''}` },
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({ title: response.statusText }));
  if (response.status === 401) throw new KeyWanted(problem.detail);
  throw Object.assign(new Error(problem.detail ?? problem.title), { status: response.status });
}

/** The JSON at a path; `undefined` where there is nothing. */
export async function read(path) {
  try {
    return await (await request(path, { headers: { accept: 'application/json' } })).json();
  } catch (error) {
    if (error.status === 404) return undefined;
    throw error;
  }
}
