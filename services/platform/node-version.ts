/** Throws for a Node that is older than the host needs, which is what @platformatic/kafka does. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 22)) return;
  throw new Error(
    `requite/node needs Node 22.22 or newer; this is Node ${version} (\`requite\` itself runs on 20)`,
  );
}
