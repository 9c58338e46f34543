import t from 'tap'
import { createProvider } from '../../src/ai/provider.ts'
import { endpointOf } from '../../src/ai/models.ts'
import { requestBody } from '../../src/ai/remote.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { startApp } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'

const config = (settings: Record<string, string>) => loadConfig({ SECRET_KEY: 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS', ...settings }, '/nonexistent')

t.test('without a provider the offline model is the only one, and says what it is', async t => {
  const app = await startApp(t)
  const { request } = app
  t.equal((await request('GET', '/models')).status, 401)
  const { token } = await register(app)
  const { status, body } = await request('GET', '/models', { token })
  t.equal(status, 200)
  t.match(body.items, [{ id: 'offline', provider: 'offline', is_language_model: false, context_tokens: 8000, is_default: true, description: /^Not a language model/ }])
  t.equal(body.items.length, 1)
})

t.test('with a provider its models are offered, and the offline one is not', async t => {
  const stand = await startProvider(t)
  const app = await startApp(t, { ...stand.settings, AI_CONTEXT_TOKENS: 'test-model-2=4096' })
  const { request, services: { ai: { provider } } } = app
  const { token } = await register(app)
  const { text, body } = await request('GET', '/models', { token })
  t.match(body.items, [
    { id: 'test-model', provider: 'compatible', is_language_model: true, context_tokens: 8000, is_default: true },
    { id: 'test-model-2', provider: 'compatible', is_language_model: true, context_tokens: 4096, is_default: false }
  ])
  t.equal(body.items.length, 2)
  t.notMatch(text, /127\.0\.0\.1|planted/, 'not where it is, and not its key')
  t.equal(provider.defaultModel, 'test-model')
  t.equal(provider.find().id, 'test-model')
  t.equal(provider.find('test-model-2').context_tokens, 4096)
  for (const name of ['offline', 'TEST-MODEL', '', '__proto__']) t.throws(() => provider.find(name), { code: 'model_not_found', status: 400 }, name)
  t.equal(stand.received.length, 0, 'and nobody was asked')
})

t.test('AI_BASE_URL comes before Groq before OpenAI, and no key goes to another endpoint', async t => {
  const own = { AI_BASE_URL: 'http://localhost:11434/v1', AI_MODEL: 'llama3.2' }
  const groq = { GROQ_API_KEY: 'gsk-1' }
  const openai = { OPENAI_API_KEY: 'sk-1' }
  t.equal(endpointOf(config({})), undefined)
  t.same(endpointOf(config(openai)), { provider: 'openai', baseURL: 'https://api.openai.com/v1', key: 'sk-1', defaultModel: 'gpt-6-luna' })
  t.same(endpointOf(config({ ...openai, ...groq })), { provider: 'groq', baseURL: 'https://api.groq.com/openai/v1', key: 'gsk-1', defaultModel: 'openai/gpt-oss-120b' })
  t.same(endpointOf(config({ ...groq, AI_MODEL: 'm' })), { provider: 'groq', baseURL: 'https://api.groq.com/openai/v1', key: 'gsk-1', defaultModel: 'm' })
  t.same(endpointOf(config({ ...openai, ...groq, ...own })), { provider: 'compatible', baseURL: 'http://localhost:11434/v1', key: undefined, defaultModel: 'llama3.2' })
  t.match(endpointOf(config({ AI_BASE_URL: 'https://api.groq.com/openai/v1', AI_API_KEY: 'gsk-2', AI_MODEL: 'm' })), { provider: 'groq', key: 'gsk-2' })
  const { models } = createProvider({ config: config({ ...groq, AI_MODELS: 'b, openai/gpt-oss-120b, b' }), log: { warn () {} } })
  t.same(models.map(({ id, is_default: isDefault }) => [id, isDefault]), [['openai/gpt-oss-120b', true], ['b', false]])
  t.match(models[0]!.description, /run by Groq/)
})

t.test('what Groq and OpenAI refuse is said in another way', async t => {
  const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello', name: 'ann' }], maxTokens: 9, signal: new AbortController().signal }
  t.match(requestBody(ask, { provider: 'groq' }), { messages: [{ role: 'user', content: 'ann: Hello', name: undefined }], max_completion_tokens: 9, max_tokens: undefined })
  t.match(requestBody(ask, { provider: 'openai' }), { messages: [{ content: 'Hello', name: 'ann' }], max_completion_tokens: 9, max_tokens: undefined })
  t.match(requestBody(ask, { provider: 'compatible' }), { messages: [{ content: 'Hello', name: 'ann' }], max_completion_tokens: undefined, max_tokens: 9 })
})
