import type { FastifyReply, FastifyRequest, RawServerBase, RouteGenericInterface } from 'fastify'

/** A request of any server: HTTP, HTTPS or HTTP/2. */
export type AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>

/** A reply of any server. */
export type AnyReply = FastifyReply<RouteGenericInterface, RawServerBase>
