/** The fields of a custom resource, by which the version of a CRD is known. */

/** What is read of an OpenAPI schema. */
export interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

/** `spec.clouds[].name` and so on, of spec and status; `{}` stands for any key. */
export function fieldPaths(schema: Schema, at = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const path = at === '' ? name : `${at}.${name}`;
    // what the API server owns
    return at === '' && !['spec', 'status'].includes(name) ? [] : [path, ...fieldPaths(inner, path)];
  });
  const items = schema.items ? fieldPaths(schema.items, `${at}[]`) : [];
  const any = typeof schema.additionalProperties === 'object' ? fieldPaths(schema.additionalProperties, `${at}{}`) : [];
  return [...own, ...items, ...any];
}
