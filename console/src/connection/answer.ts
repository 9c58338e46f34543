/** What an answer that is no success says of itself. */
export async function errorOfAnswer (answer: Response): Promise<{ code: string, detail: string }> {
  const body = await answer.json().catch(() => ({})) as { code?: string, detail?: string }
  return { code: body.code ?? 'no code', detail: body.detail ?? answer.statusText }
}
