// The text of an error is prose, and no behaviour to mutate: tests assert its code, and of its text what a reader must find.
import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin'

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', { shouldIgnore })]

function shouldIgnore (path) {
  if (!path.isStringLiteral() && !path.isTemplateLiteral() && !path.isBinaryExpression({ operator: '+' })) return undefined
  const made = path.parentPath
  const isError = made?.isNewExpression() && path.listKey === 'arguments' && /Error$/.test(made.node.callee.name ?? '')
  return isError ? 'the text of an error' : undefined
}
