/** How sure we are of somebody who gave a name and a password: the lowest of our levels, one factor. */
export const passwordLevel = { acr: "urn:yinxin:acr:l1", amr: ["pwd"] } as const;
