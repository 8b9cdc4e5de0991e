// @ts-check
// Answers of the API that are in the file itself.

/**
 * Returns the answers that a document has, or null.
 * @param {Document} document
 */
export function recorded(document) {
  const element = document.getElementById("tracelab-data");
  return element ? new Recorded(JSON.parse(element.textContent ?? "{}")) : null;
}

/** Answers by path, without parameters; rows are by view. */
class Recorded {
  /** @param {Record<string, any>} answers */
  constructor(answers) {
    this.answers = answers;
  }

  /**
   * @param {string} path
   * @param {Record<string, any>} params
   * @returns {Promise<any>}
   */
  async get(path, params) {
    const [, id, what] = /^traces\/([0-9a-f]{32})\/(rows|overview|locate|find)$/.exec(path) ?? [];
    const view = params.view === "full" ? "full" : "compact";
    if (what === "rows") return window_(this.visible(id, view, params), params);
    if (what === "overview") return this.answer(`traces/${id}/overview/${view}`);
    if (what === "locate") return this.locate(id, view, params);
    if (what === "find") {
      const rows = this.visible(id, view, params);
      const text = params.text.toLowerCase();
      for (let i = 0; i < rows.length; i++) {
        const at = (params.after + 1 + i) % rows.length;
        if (rows[at].text.toLowerCase().includes(text)) return { row: at };
      }
      return { row: -1 };
    }
    return this.answer(path);
  }

  /** @param {string} path */
  answer(path) {
    if (!(path in this.answers)) throw new Error("this file doesn't have that: open the trace with tracelab view --open");
    return this.answers[path];
  }

  /**
   * The rows that are not below a collapsed one.
   * @param {string} id
   * @param {string} view
   * @param {Record<string, any>} params
   */
  visible(id, view, params) {
    const all = this.answer(`traces/${id}/rows/${view}`).rows;
    const depth = Number(params.depth ?? -1);
    const toggled = new Set((params.toggled ?? "").split(","));
    const rows = [];
    /** @type {number[]} */
    const above = [];
    for (let i = 0; i < all.length; ) {
      const open = (depth < 0 || all[i].depth < depth) !== toggled.has(all[i].span_id);
      above.length = all[i].depth;
      rows.push({ ...all[i], critical: params.critical ? all[i].critical : undefined, index: rows.length, expanded: open && all[i].below > 0, parent: above.at(-1) ?? -1 });
      above.push(rows.length - 1);
      i += open ? 1 : 1 + (all[i].below ?? 0);
    }
    return rows;
  }

  /**
   * @param {string} id
   * @param {string} view
   * @param {Record<string, any>} params
   */
  locate(id, view, params) {
    const all = this.answer(`traces/${id}/rows/${view}`).rows;
    const at = all.findIndex((/** @type {any} */ row) => row.span_id === params.span || row.folded === params.span);
    if (at < 0) throw new Error("the span has no row in this file");
    const toggled = new Set((params.toggled ?? "").split(",").filter(Boolean));
    const depth = Number(params.depth ?? -1);
    for (let up = all[at].parent; up >= 0; up = all[up].parent) {
      const open = (depth < 0 || all[up].depth < depth) !== toggled.has(all[up].span_id);
      if (open) continue;
      if (!toggled.delete(all[up].span_id)) toggled.add(all[up].span_id);
    }
    const text = [...toggled].sort().join(",");
    const rows = this.visible(id, view, { ...params, toggled: text });
    return { row: rows.findIndex((row) => row.span_id === all[at].span_id), toggled: text, ungrouped: "" };
  }
}

/** @param {any[]} rows @param {Record<string, any>} params */
function window_(rows, params) {
  const from = params.from ?? 0;
  return { total: rows.length, from, rows: rows.slice(from, params.to ?? from + 200), revision: 0 };
}
