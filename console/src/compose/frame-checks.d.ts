// What scripts/build-console.mjs compiles of the schemas of client frames: a check for each, by the name of its schema.
declare module 'parley:frame-checks' {
  export interface CheckError { instancePath: string, message?: string, keyword: string, params: Record<string, unknown> }
  interface Check { (frame: unknown): boolean, errors?: CheckError[] | null }
  const checks: Record<string, Check>
  export = checks
}
