/** Two letters on one of eight colours, the same for the same name. */
export function Avatar ({ name, isModel = false }: { name: string, isModel?: boolean }) {
  let sum = 0
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) % 997
  return <span class={isModel ? 'avatar model' : `avatar colour-${sum % 8}`} aria-hidden='true'>{isModel ? 'AI' : [...name].slice(0, 2).join('')}</span>
}
