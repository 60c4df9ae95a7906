import { config } from "zod";

// Checks are interpreted here: the page's content policy forbids code made at run time, and even trying is reported as a violation.
config({ jitless: true });
