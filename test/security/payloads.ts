const half = '\ud83d'

/** Texts that mean something to some interpreter, and here must mean nothing. */
export const texts: string[] = [
  // MongoDB
  '{"$ne":null}', '{"$gt":""}', '$where', "'; return true; var x='", 'this.constructor.constructor("return process")()', '66f0c0ffee0000000000c001', '{"$expr":{"$function":{"body":"while(1){}"}}}',
  // patterns
  '.*', '(a+)+$', '[', '\\', `${'a'.repeat(5000)}!`, '%', '_',
  // bytes and scripts
  'a\u0000b', `${half}x`, 'x\ude00', '\u202egnp.exe', '\ufeffmark', '\u2028\u2029', 'İıſK', 'e\u0301', '﷽'.repeat(100), '\u{10ffff}',
  // paths and lines
  '../../../../etc/passwd', '..%2f..%2fadmin', 'a\r\nSet-Cookie: admin=1', '\r\n\r\n{"role":"admin"}',
  // pages and templates
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' OR '1'='1", '{{7*7}}', '$' + '{7*7}', '<%= 7*7 %>', '%s%n%x',
  // names that objects have, and numbers
  '__proto__', 'constructor', '9'.repeat(400), '1e999', 'NaN', 'x'.repeat(9999)
]

/** Values that are no text where a text belongs. */
export const values: unknown[] = [{ $ne: null }, { $gt: '' }, { $regex: '.*' }, { $where: 'sleep(5000)' }, { toString: 'x' }, ['a'], [{ $ne: 1 }], true, 0, {}]
