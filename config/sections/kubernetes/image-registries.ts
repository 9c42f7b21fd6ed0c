import { z } from 'zod';

/** `registry.example.com`, `registry.example.com:5000/shop`: a registry, or a part of one. */
const REGISTRY = /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

/** Where images that an action sets may come from. Empty: nowhere, so that such actions refuse. */
export const imageRegistriesSchema = z
  .array(
    z
      .string()
      .max(255)
      .regex(REGISTRY, 'must be a registry, or a path in one: registry.example.com, registry.example.com/shop'),
  )
  .default([])
  .describe(
    'Registries, or paths in them (`registry.example.com/shop`), whose images `set_image` may set; Docker Hub is `docker.io`. Default: none, it refuses.',
  );
