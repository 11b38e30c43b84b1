// Most assertions hold for any: a type that has become any would pass them.
export type IsAny<T> = 0 extends 1 & T ? true : false

/** The keys of what is any. */
export type Anys<T> = { [Key in keyof T]-?: IsAny<T[Key]> extends true ? Key : never }[keyof T]
