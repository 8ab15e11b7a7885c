/** Gives users of a cluster what they may do, through the listener on which everything is allowed. */
import {
  type Acl,
  AclOperations,
  AclPermissionTypes,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import type { AclRule } from '../../services/platform/topics/acl-rules.ts';
import { clientOptions } from './support.ts';

const RESOURCES: Readonly<Record<AclRule['resource'], Acl['resourceType']>> = {
  topic: ResourceTypes.TOPIC,
  group: ResourceTypes.GROUP,
  'transactional-id': ResourceTypes.TRANSACTIONAL_ID,
  cluster: ResourceTypes.CLUSTER,
};
const OPERATIONS: Readonly<Record<AclRule['operation'], Acl['operation']>> = {
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Describe: AclOperations.DESCRIBE,
  Create: AclOperations.CREATE,
  IdempotentWrite: AclOperations.IDEMPOTENT_WRITE,
};

export class Acls {
  readonly #admin: Admin;

  constructor(superuser: string) {
    this.#admin = new Admin(clientOptions(superuser));
  }

  allow(user: string, rules: readonly AclRule[]): Promise<void> {
    return this.#admin.createAcls({ creations: rules.map((rule) => aclOf(user, rule)) });
  }

  async take(user: string, rule: AclRule): Promise<void> {
    const { resourceType, resourcePatternType, ...rest } = aclOf(user, rule);
    await this.#admin.deleteAcls({ filters: [{ resourceType, resourcePatternType, ...rest }] });
  }

  close(): Promise<void> {
    return this.#admin.close();
  }
}

function aclOf(user: string, { resource, name, pattern, operation }: AclRule): Acl {
  return {
    resourceType: RESOURCES[resource],
    resourceName: name,
    resourcePatternType:
      pattern === 'prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: OPERATIONS[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}
