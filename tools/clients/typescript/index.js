import createClient from "openapi-fetch";

export const connect = (baseUrl, options = {}) => createClient({ baseUrl, ...options });
