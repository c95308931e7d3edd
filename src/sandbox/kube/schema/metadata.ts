/** The rules for metadata that hold for every kind (k8s.io/apimachinery, api/validation). */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { fieldForbidden, fieldInvalid, fieldRequired, fieldTooLong, type Cause } from '../status.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_PART})?`;

const isLabel = whole(LABEL);
const isSubdomain = whole(SUBDOMAIN);
const isQualifiedPart = whole(QUALIFIED_PART);
const isLabelValue = whole(LABEL_VALUE);

const SUBDOMAIN_WORDS = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
const LABEL_WORDS = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
const NAME_PART_WORDS = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED_PART}')`;
const LABEL_VALUE_WORDS = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`;

const MAX_ANNOTATIONS = 256 * 1024;

export function metadataCauses(resource: Resource, object: KubeJson, old: KubeJson | undefined): Cause[] {
  const meta = object.metadata;
  const causes = [
    ...(old ? [] : nameCauses(resource, meta.name, meta.generateName)),
    ...(old ? immutableCauses(object, old) : []),
    ...labelCauses(meta.labels),
    ...annotationCauses(meta.annotations),
    ...finalizerCauses(resource, object, old),
    ...ownerCauses(meta.ownerReferences),
  ];
  // the real server checks the metadata of a custom resource twice in an update, and says all twice
  return old && resource.custom ? [...causes, ...causes] : causes;
}

/** What is wrong with a name; `generateName` is checked as if its random end were there. */
function nameCauses(resource: Resource, name: string, generateName: string | undefined): Cause[] {
  const causes: Cause[] = [];
  const check = (field: string, value: string, shown = value): void => {
    const max = resource.labelNames ? 63 : 253;
    if (value.length > max) causes.push(fieldInvalid(field, shown, `must be no more than ${max} characters`));
    if (resource.labelNames && value.includes('.')) causes.push(fieldInvalid(field, shown, 'must not contain dots'));
    else if (!(resource.labelNames ? isLabel(value) : isSubdomain(value))) {
      causes.push(fieldInvalid(field, shown, resource.labelNames ? LABEL_WORDS : SUBDOMAIN_WORDS));
    }
  };
  // a fault of the beginning is told of the whole name, except one at the place where the two parts meet
  if (generateName && isSubdomain(generateName.replace(/[-.]*$/, ''))) {
    check('metadata.generateName', generateName.replace(/-$/, 'a'), generateName);
  }
  if (name === '') causes.push(fieldRequired('metadata.name', 'name or generateName is required'));
  else check('metadata.name', name);
  return causes;
}

function immutableCauses(object: KubeJson, old: KubeJson): Cause[] {
  return (['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const).flatMap((field) =>
    object.metadata[field] === old.metadata[field]
      ? []
      : [fieldInvalid(`metadata.${field}`, object.metadata[field], 'field is immutable')],
  );
}

function labelCauses(labels: unknown): Cause[] {
  return Object.entries(asMap(labels)).flatMap(([key, value]) => {
    const causes = qualifiedNameCauses(key, 'metadata.labels');
    if (typeof value !== 'string') return causes;
    if (value.length > 63) causes.push(fieldInvalid('metadata.labels', value, 'must be no more than 63 bytes'));
    if (!isLabelValue(value)) causes.push(fieldInvalid('metadata.labels', value, LABEL_VALUE_WORDS));
    return causes;
  });
}

function annotationCauses(annotations: unknown): Cause[] {
  const entries = Object.entries(asMap(annotations));
  const causes = entries.flatMap(([key]) => qualifiedNameCauses(key, 'metadata.annotations', key.toLowerCase()));
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  if (bytes > MAX_ANNOTATIONS) causes.push(fieldTooLong('metadata.annotations', MAX_ANNOTATIONS));
  return causes;
}

/** A name with an optional domain before a slash: keys of labels and annotations, finalizers, reporting controllers. */
export function qualifiedNameCauses(value: string, field: string, checked = value): Cause[] {
  const slash = checked.indexOf('/');
  const prefix = slash < 0 ? undefined : checked.slice(0, slash);
  const name = checked.slice(slash + 1);
  const causes: Cause[] = [];
  if (prefix === '') causes.push(fieldInvalid(field, value, 'prefix part must be non-empty'));
  else if (prefix !== undefined && !isSubdomain(prefix)) {
    causes.push(fieldInvalid(field, value, `prefix part ${SUBDOMAIN_WORDS}`));
  }
  if (name === '') causes.push(fieldInvalid(field, value, 'name part must be non-empty'));
  else if (name.length > 63) causes.push(fieldInvalid(field, value, 'name part must be no more than 63 bytes'));
  if (!isQualifiedPart(name)) causes.push(fieldInvalid(field, value, NAME_PART_WORDS));
  return causes;
}

/** Finalizers that Kubernetes itself uses need no domain. */
export const STANDARD_FINALIZERS = new Set(['foregroundDeletion', 'orphan', 'kubernetes']);

function finalizerCauses(resource: Resource, object: KubeJson, old: KubeJson | undefined): Cause[] {
  const field = 'metadata.finalizers';
  const finalizers = object.metadata.finalizers ?? [];
  const causes = finalizers.flatMap((finalizer) => {
    const wrong = qualifiedNameCauses(finalizer, field);
    const isQualified = finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer);
    if (wrong.length > 0 || isQualified || resource.custom) return wrong;
    return [fieldInvalid(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
  });
  if (old?.metadata.deletionTimestamp === undefined) return causes;
  const added = finalizers.filter((finalizer) => !old.metadata.finalizers?.includes(finalizer));
  if (added.length > 0) {
    const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
    causes.push(fieldForbidden(field, why));
  }
  return causes;
}

function ownerCauses(owners: unknown): Cause[] {
  const list = (Array.isArray(owners) ? (owners as unknown[]) : []).filter(isObject);
  const causes = list.flatMap((owner, i) =>
    ['apiVersion', 'kind', 'name', 'uid'].flatMap((key) =>
      typeof owner[key] === 'string' && owner[key] !== ''
        ? []
        : [fieldRequired(`metadata.ownerReferences[${i}].${key}`, 'must not be empty')],
    ),
  );
  const controllers = list.filter((owner) => owner.controller === true);
  if (controllers.length > 1) {
    const names = controllers.map((owner) => `${String(owner.kind)}/${String(owner.name)}`).join(' and ');
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
    causes.push(fieldInvalid('metadata.ownerReferences', list, why));
  }
  return causes;
}

function asMap(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function whole(pattern: string): (text: string) => boolean {
  const form = new RegExp(`^${pattern}$`);
  return (text) => form.test(text);
}
