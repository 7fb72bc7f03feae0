import { defineAction } from "astro:actions";
import { z } from "astro/zod";
export const server = {
  comment: defineAction({
    accept: "form",
    input: z.object({
      post_id: z.string(),
      author: z.string().min(1).max(80),
      body: z.string().min(1),
    }),
    handler: async (input) => ({ id: 1, ...input }),
  }),
};
