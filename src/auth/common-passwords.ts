import { Problem } from '../platform/errors.ts'

/** Whose password it is to be. */
export interface Owner { email: string, username?: string | undefined, full_name?: string | null | undefined }

/**
 * What was found most often in breaches, 49,000 words, of which 18,000 are long enough to be chosen here: the list of zxcvbn-ts, made of Mark
 * Burnett's ten million passwords. It leaves out what its makers find by a pattern instead: repetitions, rows of keys and dates (`isPattern`).
 * It is loaded when the first password is chosen: no start waits for it.
 */
let list: Promise<Set<string>> | undefined
const readList = async () => new Set((await import('@zxcvbn-ts/language-common')).dictionary['passwords-common'])

/** Whether a text is such a word, also with a digit or a sign or two behind it. */
const isListed = (common: Set<string>, text: string): boolean => common.has(text) || common.has(text.replace(/[^\p{L}]{1,2}$/u, ''))

/** Words of this place, which are guessed first here (ASVS 5.0.0, 6.1.2). */
const ofThisPlace = ['parley', 'chat', 'message', 'assistant', 'admin', 'administrator', 'moderator', 'owner', 'root', 'user', 'guest', 'test', 'demo', 'password', 'secret', 'login', 'welcome']

const rows = ['1234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop[]', 'asdfghjkl;\'', 'zxcvbnm,./', 'qwertzuiop', 'yxcvbnm,.-', 'azertyuiop']
const runs = rows.flatMap(row => [row, [...row].reverse().join('')]).map(row => row.repeat(13))
const day = '(?:0[1-9]|[12]\\d|3[01])'
const date = new RegExp(`^(?:${day}[-./ ]?${day}[-./ ]?(?:19|20)\\d\\d|(?:19|20)\\d\\d[-./ ]?${day}[-./ ]?${day})$`)

/** Whether a text is one to four characters again and again, neighbours in a row of keys or in the alphabet, or a date. */
const isPattern = (text: string): boolean =>
  [1, 2, 3, 4].some(period => text.slice(period) === text.slice(0, -period)) || runs.some(run => run.includes(text)) || date.test(text)

/** What may stand around own words and still be guessed with them: a year, a sign. */
const fewSigns = /^\P{L}{0,5}$/u

/** Whether hardly anything is left of a text when words of this place and names of its owner are taken out. */
function isOwnWord (text: string, { email, username, full_name: fullName }: Owner): boolean {
  const names = [email, ...email.split(/[@.]/), username ?? '', ...fullName?.split(' ') ?? []].map(name => name.toLowerCase())
  const own = [...ofThisPlace, ...names].filter(word => word.length > 2).sort((a, b) => b.length - a.length)
  return fewSigns.test(own.reduce((rest, word) => rest.replaceAll(word, ''), text))
}

/**
 * Whether a password is among the first that somebody would try, in whatever case: one of the most common, a pattern, or made of own words
 * (ASVS 5.0.0, 6.2.4, 6.2.11). Takes microseconds, whatever is sent.
 */
export async function isCommon (password: string, owner: Owner): Promise<boolean> {
  const text = password.normalize('NFKC').toLowerCase()
  return isPattern(text) || isOwnWord(text, owner) || isListed(await (list ??= readList()), text)
}

/** Throws `password_too_common` for what `isCommon`. */
export async function refuseCommon (password: string, owner: Owner): Promise<void> {
  if (await isCommon(password, owner)) throw new Problem('password_too_common', 'This password is one of the first that others would try: choose one that only you know.')
}
