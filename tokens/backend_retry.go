package tokens

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	maxAttempts = 3
	firstPause  = 50 * time.Millisecond
)

// ask asks a question until the deadline, and returns the answer: a status of 2xx, or of 4xx other than 401, 403 and 429. A
// failure that may pass is followed by another attempt; where asking twice could do harm, only if no connection was made.
// Its errors are ErrBackendUnavailable and ErrSecretKey.
func (b *backend) ask(ctx context.Context, q question) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		a, err := b.once(ctx, q)
		switch {
		case err == nil && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden):
			return answer{}, b.refused(q.url, a.status)
		case err == nil:
			return a, nil
		}
		again := a.passing && (q.repeatable || !a.sent) && attempt < maxAttempts
		if !again || !pause(ctx, attempt, retryAfter(a.retryAfter, b.now())) {
			return answer{}, err
		}
	}
}

// pause waits before another attempt: for as long as the backend asked for, and a random time on top, which doubles each
// time, so that many clients don't come back together. It returns false, at once, where the deadline would pass meanwhile.
func pause(ctx context.Context, attempt int, atLeast time.Duration) bool {
	longest := firstPause << (attempt - 1)
	wait := atLeast + longest/2 + rand.N(longest/2)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryAfter reads the header Retry-After: seconds or a date (RFC 9110 section 10.2.3), at most an hour, which is longer than
// any deadline. What is neither counts as zero.
func retryAfter(value string, now time.Time) time.Duration {
	const most = time.Hour
	seconds, err := strconv.ParseUint(value, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(most/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(0, date.Sub(now)), most)
	}
	return 0
}
