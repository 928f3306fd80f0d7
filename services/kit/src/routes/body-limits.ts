/** Every body of plain fields fits; a route that takes files says its own limit. */
export const bodyLimitBytesDefault = 64 * 1024;

/**
 * Bytes of large bodies that a service holds at once, from their first chunk until they are answered. Each is about three
 * times that while it is parsed. Anybody may send documents to the public routes, and together they must not be more than
 * a machine has.
 */
export const heldBodyBytesMaxDefault = 256 * 1024 * 1024;
