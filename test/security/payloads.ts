const half = '\ud83d'

/** Texts that mean something to some interpreter, and here must mean nothing; by what they are aimed at. */
const classes = {
  database: ['{"$ne":null}', '{"$gt":""}', '$where', "'; return true; var x='", 'this.constructor.constructor("return process")()', '66f0c0ffee0000000000c001', '{"$expr":{"$function":{"body":"while(1){}"}}}'],
  patterns: ['.*', '(a+)+$', '[', '\\', `${'a'.repeat(5000)}!`, '%', '_'],
  characters: ['a\u0000b', `${half}x`, 'x\ude00', '\u202egnp.exe', '\ufeffmark', '\u2028\u2029', 'İıſK', 'e\u0301', '﷽'.repeat(100), '\u{10ffff}'],
  paths: ['../../../../etc/passwd', '..%2f..%2fadmin', 'a\r\nSet-Cookie: admin=1', '\r\n\r\n{"role":"admin"}'],
  pages: ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' OR '1'='1", '{{7*7}}', '$' + '{7*7}', '<%= 7*7 %>', '%s%n%x'],
  names: ['__proto__', 'constructor', '9'.repeat(400), '1e999', 'NaN', 'x'.repeat(9999)]
}

export const texts: string[] = Object.values(classes).flat()

/** Some texts of each class, others at each turn: all of them after a few turns. */
export const textsOfEach = (count: number, turn: number): string[] =>
  Object.values(classes).flatMap(list => [...new Set(Array.from({ length: count }, (_, i) => list[(turn * count + i) % list.length]!))])

/** Values that are no text where a text belongs. */
export const values: unknown[] = [{ $ne: null }, { $gt: '' }, { $regex: '.*' }, { $where: 'sleep(5000)' }, { toString: 'x' }, ['a'], [{ $ne: 1 }], true, 0, {}]
