// @ts-check
// Requests to the API. An exported file has the answers in itself.
import { recorded } from "./offline.js";

/** The answers of an exported file, or null. */
export const offline = recorded(document);

/**
 * Requests a path below /api/v1/.
 * @param {string} path
 * @param {Record<string, any>} [params]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, params = {}, signal) {
  if (offline) return offline.get(path, params);
  const response = await fetch(`api/v1/${path}?${query(params)}`, { signal });
  return answer(response);
}

/**
 * Posts to a path below /api/v1/.
 * @param {string} path
 * @param {BodyInit} [body]
 * @returns {Promise<any>}
 */
export async function post(path, body) {
  return answer(await fetch(`api/v1/${path}`, { method: "POST", body }));
}

/** @param {Response} response */
async function answer(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const body = type.includes("json") ? await response.json() : await response.text();
  if (!response.ok) throw new Error(body.detail ?? `the server answers ${response.status}`);
  return body;
}

/** @param {Record<string, any>} params */
export function query(params) {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    q.set(name, String(value));
  }
  return q.toString();
}

/** The address for a download, or of the tree as text. @param {string} id @param {string} end @param {Record<string, any>} [params] */
export const address = (id, end, params = {}) => `api/v1/traces/${id}${end}?${query(params)}`;

/**
 * Calls back with the changes that the server reports, until the signal aborts.
 * @param {(change: any) => void} change
 * @param {(state: "live" | "lost") => void} state
 */
export function subscribe(change, state) {
  if (offline) return;
  const events = new EventSource("api/v1/events");
  events.addEventListener("change", (event) => {
    state("live");
    change(JSON.parse(event.data));
  });
  events.addEventListener("error", () => state("lost"));
}
