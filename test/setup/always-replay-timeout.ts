// Each workflow task replays its history from the start, and the SDK lets some time out (10 s) in this mode: what is asked here is
// whether the same comes out, not how soon.
jest.setTimeout(480_000);
