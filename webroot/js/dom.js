// The few lines that all pages build their elements with.

export const element = (id) => document.getElementById(id);

/**
 * An element: h('a', { href: '#/live', dataset: { slot: 1 } }, 'Live'). Attributes that are null,
 * undefined or false are left out; texts are never parsed as markup.
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'dataset') Object.assign(node.dataset, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Writes a text only when it differs: screen readers announce each write to a live region. */
export function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A line of a description list. */
export const fact = (term, ...value) => h('div', {}, h('dt', {}, term), h('dd', {}, ...value));

/** Gives a select its options, [value, text] each, and keeps what is chosen where it can. */
export function options(select, list, chosen) {
  const signature = JSON.stringify(list);
  if (select.dataset.options !== signature) {
    select.dataset.options = signature;
    select.replaceChildren(...list.map(([value, text]) => h('option', { value }, text)));
  }
  select.value = chosen;
}
