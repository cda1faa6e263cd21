package main

import (
	"context"
	"sync"
)

// job is a check to be deleted.
type job struct {
	check
	tests []string
	done  chan result // has room for one
}

// all tries the jobs, several at a time, and hands on their results in order.
func (r runner) all(ctx context.Context, jobs []job, parallel int, judge func(result)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	queue := make(chan job)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel(nil)
	for range max(1, parallel) {
		workers.Go(func() {
			for j := range queue {
				res, err := r.try(ctx, j.check, j.tests)
				if err != nil {
					cancel(err)
					continue
				}
				j.done <- res
			}
		})
	}
	workers.Go(func() {
		defer close(queue)
		for _, j := range jobs {
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for _, j := range jobs {
		select {
		case res := <-j.done:
			judge(res)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
