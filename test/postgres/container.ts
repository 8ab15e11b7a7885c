const IMAGE = 'postgres:17.9-alpine';

/** A PostgreSQL in a container, or why there is none. The container ends with this process, however it ends. */
export async function startContainer(): Promise<{ readonly url: string } | { readonly missing: string }> {
  const { getContainerRuntimeClient } = await import('testcontainers'); // half a second, for who comes here only
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    return { missing: `no Docker daemon answers (${String(error)})` };
  }
  try {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
    const container = new PostgreSqlContainer(IMAGE).withCommand(['postgres', '-c', 'fsync=off']);
    return { url: (await container.start()).getConnectionUri() };
  } catch (error) {
    // A daemon that can't get the image is no help; this machine's own PostgreSQL may be.
    return { missing: `Docker did not start ${IMAGE} (${String(error)})` };
  }
}
