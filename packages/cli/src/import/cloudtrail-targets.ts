/**
 * What was acted upon. CloudTrail's `resources[]` if it names any; else the parameters below,
 * by service. A parameter that is not in the table makes no target: most are settings, and a
 * guess would be a false statement in an audit log. Resource types are CloudTrail's own.
 */
import { type EventInput, LIMITS } from '@annals/contract/event';
import { isObject, type JsonObject, objectAt, textAt } from './importer.ts';

type Target = NonNullable<EventInput['targets']>[number];
export interface Targets {
  readonly targets: Target[];
  /** How many more there are than an event may name; they stand in the original. */
  readonly omitted: number;
}

/** The type of a resource that CloudTrail gives by its ARN alone. */
const UNTYPED = 'aws_resource';

const INSTANCE = 'AWS::EC2::Instance';
const ROLE = 'AWS::IAM::Role';
const USER = 'AWS::IAM::User';
const KEY = 'AWS::KMS::Key';

/** By service: parameter → resource type, the nearest thing first. */
export const PARAMETERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cloudtrail: { name: 'AWS::CloudTrail::Trail', trailName: 'AWS::CloudTrail::Trail' },
  codebuild: { projectArn: 'AWS::CodeBuild::Project', projectName: 'AWS::CodeBuild::Project' },
  config: {
    configurationRecorderName: 'AWS::Config::ConfigurationRecorder',
    deliveryChannelName: 'AWS::Config::DeliveryChannel',
  },
  dynamodb: { tableName: 'AWS::DynamoDB::Table' },
  ec2: {
    instanceId: INSTANCE,
    instancesSet: INSTANCE,
    snapshotId: 'AWS::EC2::Snapshot',
    volumeId: 'AWS::EC2::Volume',
    imageId: 'AWS::EC2::Image',
    networkInterfaceId: 'AWS::EC2::NetworkInterface',
    groupId: 'AWS::EC2::SecurityGroup',
    routeTableId: 'AWS::EC2::RouteTable',
    networkAclId: 'AWS::EC2::NetworkAcl',
    internetGatewayId: 'AWS::EC2::InternetGateway',
    subnetId: 'AWS::EC2::Subnet',
    vpcId: 'AWS::EC2::VPC',
  },
  'ec2-instance-connect': { instanceId: INSTANCE },
  ecr: { repositoryName: 'AWS::ECR::Repository' },
  iam: {
    userName: USER,
    roleName: ROLE,
    groupName: 'AWS::IAM::Group',
    instanceProfileName: 'AWS::IAM::InstanceProfile',
    policyArn: 'AWS::IAM::ManagedPolicy',
    sAMLProviderArn: 'AWS::IAM::SAMLProvider',
  },
  kms: { keyId: KEY },
  lambda: { functionName: 'AWS::Lambda::Function' },
  logs: { logGroupName: 'AWS::Logs::LogGroup' },
  organizations: { accountId: 'AWS::Organizations::Account' },
  rds: {
    dBInstanceIdentifier: 'AWS::RDS::DBInstance',
    dBClusterIdentifier: 'AWS::RDS::DBCluster',
    dBSnapshotIdentifier: 'AWS::RDS::DBSnapshot',
    dBClusterSnapshotIdentifier: 'AWS::RDS::DBClusterSnapshot',
  },
  s3: { bucketName: 'AWS::S3::Bucket' },
  secretsmanager: { secretId: 'AWS::SecretsManager::Secret' },
  sns: { topicArn: 'AWS::SNS::Topic' },
  sqs: { queueUrl: 'AWS::SQS::Queue' },
  ssm: { instanceId: INSTANCE, instanceIds: INSTANCE, documentName: 'AWS::SSM::Document' },
  sts: { roleArn: ROLE },
};

/** EC2 gives new things their ids in the answer: what such a call names is only what it uses. */
const USES_ONLY = /^ec2\.(Create|Run)/;

const fits = (id: string): boolean => id.length <= LIMITS.entityId;

const fromResources = (resources: readonly unknown[]): Target[] =>
  resources.filter(isObject).flatMap((resource) => {
    const id = textAt(resource, 'ARN') ?? textAt(resource, 'arn');
    if (id === undefined || !fits(id)) return [];
    return [{ type: textAt(resource, 'type') ?? UNTYPED, id }];
  });

/** The ids that a parameter holds: text, a list of texts, or EC2's `{items: [{instanceId}]}`. */
const idsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value];
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string');
  if (!isObject(value) || !Array.isArray(value['items'])) return [];
  return value['items'].filter(isObject).flatMap((item) => textAt(item, 'instanceId') ?? []);
};

const fromParameters = (service: string, action: string, parameters: JsonObject): Target[] => {
  const usesOnly = USES_ONLY.test(action);
  const found = Object.entries(PARAMETERS[service] ?? {}).flatMap(([name, type]) =>
    idsIn(parameters[name])
      .filter(fits)
      .map((id) => ({ name, type, id })),
  );
  const main = found[0]?.name;
  return found.map(({ name, type, id }) =>
    usesOnly || name !== main ? { type, id, role: 'related' } : { type, id },
  );
};

/** An object in a bucket is named by both; the bucket is its parent. */
const withObject = (parameters: JsonObject, targets: Target[]): Target[] => {
  const bucket = textAt(parameters, 'bucketName');
  const key = textAt(parameters, 'key');
  const id = `${bucket}/${key}`;
  if (bucket === undefined || key === undefined || !fits(id)) return targets;
  return [{ type: 'AWS::S3::Object', id }, ...targets.map((target) => parentOf(target))];
};
const parentOf = (target: Target): Target => ({ ...target, role: 'parent' });

/** `service` is the action's first word, for example `iam`. */
export const targetsOf = (record: JsonObject, service: string, action: string): Targets => {
  const resources = record['resources'];
  const parameters = objectAt(record, 'requestParameters');
  let targets = Array.isArray(resources) ? fromResources(resources) : [];
  if (targets.length === 0) {
    targets = fromParameters(service, action, parameters);
    if (service === 's3') targets = withObject(parameters, targets);
  }
  const kept = targets.slice(0, LIMITS.targets);
  return { targets: kept, omitted: targets.length - kept.length };
};
