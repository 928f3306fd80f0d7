import type { ComponentChildren, JSX, VNode } from "preact";

type InputAttributes = JSX.IntrinsicElements["input"];

/** One thing that a person has to change, and the field where it can be changed. */
export interface FieldError {
  /** The `id` of the field; without it the error is about the whole form. */
  readonly field?: string;
  readonly text: string;
}

export interface ErrorSummaryProps {
  readonly title: string;
  readonly errors: readonly FieldError[];
  /** What to do about it, if the errors do not say so themselves. */
  readonly advice?: string | undefined;
}

/**
 * All errors of a form above it, each a link to its field. `role="alert"` has it read aloud when the page comes back;
 * without errors nothing is shown.
 */
export function ErrorSummary({ title, errors, advice }: ErrorSummaryProps): VNode | null {
  if (errors.length === 0) return null;
  return (
    <div class="errors" role="alert" aria-labelledby="errors-title" tabindex={-1}>
      <h2 id="errors-title">{title}</h2>
      <ul>
        {errors.map(({ field, text }) => (
          <li key={text}>{field === undefined ? text : <a href={`#${field}`}>{text}</a>}</li>
        ))}
      </ul>
      {advice !== undefined && <p>{advice}</p>}
    </div>
  );
}

export interface FieldProps {
  /** Also the name under which the form sends it. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly errors?: readonly FieldError[];
  /** The control; it gets {@link describedBy} as `aria-describedby`. */
  readonly children: ComponentChildren;
}

/** A label, its hint and its error around a control. */
export function Field({ id, label, hint, errors = [], children }: FieldProps): VNode {
  const error = errors.find(({ field }) => field === id);
  return (
    <div class={error === undefined ? "field" : "field has-error"}>
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error !== undefined && (
        <span class="wrong" id={`${id}-error`}>
          {error.text}
        </span>
      )}
      {children}
    </div>
  );
}

export interface TextFieldProps extends Omit<FieldProps, "children"> {
  readonly value?: string;
  readonly type?: "text" | "password" | "number" | "file";
  readonly autocomplete?: string;
  readonly inputmode?: "numeric" | "decimal";
  readonly maxlength?: number;
  readonly min?: number;
  readonly step?: string;
  readonly accept?: string;
  readonly isRequired?: boolean;
  readonly isShort?: boolean;
  readonly unit?: string;
}

/** A field of one line. Paste and password managers work: nothing here stands in their way (WCAG 2.2 §3.3.8). */
export function TextField({ isRequired = true, isShort = false, unit, ...props }: TextFieldProps): VNode {
  const { id, label, hint, errors = [], type = "text", ...attributes } = props;
  const all = {
    ...attributes,
    ...describedBy({ id, hint, errors }),
    class: isShort ? "input short" : "input",
    id,
    name: id,
    type,
    required: isRequired,
    ...(type === "text" && { spellcheck: false, autocapitalize: "none" }),
  };
  // Preact's types are a union over `type`; that ours is one of four is known only at run time.
  const input = <input {...(all as InputAttributes)} />;
  return (
    <Field id={id} label={label} hint={hint} errors={errors}>
      {unit === undefined ? (
        input
      ) : (
        <span class="with-unit">
          {input}
          <span>{unit}</span>
        </span>
      )}
    </Field>
  );
}

/** The attributes that tie a control to its hint and its error. */
export function describedBy({
  id,
  hint,
  errors,
}: Pick<FieldProps, "id" | "hint"> & { readonly errors: readonly FieldError[] }): {
  "aria-describedby"?: string;
  "aria-invalid"?: "true";
} {
  const hasError = errors.some(({ field }) => field === id);
  const ids = [hint === undefined ? [] : [`${id}-hint`], hasError ? [`${id}-error`] : []].flat();
  return {
    ...(ids.length > 0 && { "aria-describedby": ids.join(" ") }),
    ...(hasError && { "aria-invalid": "true" as const }),
  };
}
