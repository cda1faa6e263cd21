package jwk

import "time"

// SetTimeout shortens the time that a fetch may take.
func (r *Remote) SetTimeout(d time.Duration) { r.timeout = d }
