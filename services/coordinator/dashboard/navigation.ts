/** What the header leads to, in this order. A page adds its own here; `path` is also what its section begins with. */
export const navigation: readonly { readonly name: string; readonly path: string }[] = [
  { name: 'Runs', path: '/' },
  { name: 'Jobs', path: '/ui/jobs' },
  { name: 'Bills', path: '/ui/bills' },
  { name: 'Customers', path: '/ui/customers' },
  { name: 'Orders', path: '/ui/orders' },
  { name: 'System', path: '/ui/system' },
];

/** Whether a page at `path` belongs to an entry: the longest path that it begins with, and runs to the first. */
export function isCurrent(entry: string, path: string): boolean {
  if (entry === '/') return path === '/' || path.startsWith('/ui/runs');
  return path === entry || path.startsWith(`${entry}/`);
}
