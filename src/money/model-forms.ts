/**
 * The ways to write a model's name in which a price may be listed, the name itself first. Only what is known to carry no price of its own is
 * taken off: the client's mark for a long context, a provider in front, a region, a deployment's version, the date of a release. Nothing
 * else, since a name that merely begins like another may have another price.
 */
export function modelForms(model: string): string[] {
  const forms = new Set<string>();
  const add = (form: string) => {
    if (form !== "") forms.add(form);
    return form;
  };
  let form = add(model.trim().toLowerCase());
  form = add(form.replace(/\[\w+\]$/, ""));
  form = add(form.slice(form.lastIndexOf("/") + 1));
  form = add(
    form.replace(/^(?:us|eu|apac|jp|au|global)\.(?=\w+\.)/, "").replace(/^(?:anthropic|openai|google|deepseek|mistral|moonshotai)\./, ""),
  );
  form = add(form.replace(/-v\d+(?::\d+)?$/, ""));
  form = add(form.replace("@", "-"));
  form = add(form.replace(/-latest$/, ""));
  add(form.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2})$/, ""));
  return [...forms];
}
