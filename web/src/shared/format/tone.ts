/** How a state looks: see HubStatus. */
export type Tone = 'ok' | 'attention' | 'bad' | 'unknown' | 'running' | 'neutral'
