package recorder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// CallScript is a trace of whole calls without its steps. Its client's policies are Policies, which the
// trace has under the name of the library.
type CallScript struct {
	ID       string
	Note     string
	Policies json.RawMessage
	Calls    json.RawMessage
}

// Reply is what the upstream does with an attempt.
type Reply struct {
	After      *int64          `json:"after"`
	Status     json.RawMessage `json:"status"`
	RetryAfter *int            `json:"retry_after"`
}

type scriptedCall struct {
	ID       json.RawMessage `json:"id"`
	At       int64           `json:"at"`
	Gone     *int64          `json:"gone"`
	Upstream []Reply         `json:"upstream"`
}

// Call is one call under way; a client that was made for a script makes its attempts of it.
type Call struct {
	calls    *calls
	script   scriptedCall
	attempts int
}

type calls struct {
	mutex   sync.Mutex
	started time.Time
	steps   []step
}

type step struct {
	at   int64
	kind string
	call string
	json []any
}

func (c *calls) say(kind string, call json.RawMessage, more ...any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at := time.Since(c.started).Milliseconds()
	c.steps = append(c.steps, step{at, kind, string(call), append([]any{at, kind, call}, more...)})
}

// Breaker notes that the call has brought the breaker to a state.
func (c *Call) Breaker(state string) { c.calls.say("breaker", c.script.ID, state) }

// Attempt sends one attempt and waits for its reply, or until it is given up: then the error is the
// context's.
func (c *Call) Attempt(ctx context.Context) (*Reply, error) {
	c.calls.mutex.Lock()
	c.attempts++
	number := c.attempts
	c.calls.mutex.Unlock()
	reply := c.script.Upstream[min(number, len(c.script.Upstream))-1]
	c.calls.say("send", c.script.ID, number)
	var replied <-chan time.Time
	if reply.After != nil {
		replied = time.After(time.Duration(*reply.After) * time.Millisecond)
	}
	select {
	case <-replied:
		c.calls.say("reply", c.script.ID, number, reply.Status)
		return &reply, nil
	case <-ctx.Done():
		c.calls.say("cancel", c.script.ID, number)
		return nil, ctx.Err()
	}
}

// Client makes a call of its policies and answers with a status or the name of an error.
type Client func(ctx context.Context, call *Call) any

func (c *calls) play(script CallScript, client Client) {
	var all sync.WaitGroup
	c.started = time.Now()
	for _, scripted := range Decode[[]scriptedCall](script.Calls) {
		all.Go(func() {
			time.Sleep(time.Duration(scripted.At) * time.Millisecond)
			c.say("call", scripted.ID)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if scripted.Gone != nil {
				gone := time.AfterFunc(time.Duration(*scripted.Gone)*time.Millisecond, func() {
					c.say("gone", scripted.ID)
					cancel()
				})
				defer gone.Stop()
			}
			answer := client(ctx, &Call{calls: c, script: scripted})
			c.say("answer", scripted.ID, answer)
		})
	}
	all.Wait()
	// A call that hangs for good would be waited for without end: time stands still then, and the bubble
	// reports a deadlock. Scripts let every call end.
}

// The steps in the order of a trace: those of one instant call by call in the order in which calls
// first show, attempts that are cancelled together in their order.
func (c *calls) ordered() []step {
	ordered := []step{}
	for rest := c.steps; len(rest) > 0; {
		size := slices.IndexFunc(rest, func(s step) bool { return s.at != rest[0].at })
		if size < 0 {
			size = len(rest)
		}
		instant := rest[:size]
		rest = rest[size:]
		for len(instant) > 0 {
			var others []step
			var own []step
			for _, s := range instant {
				if s.call == instant[0].call {
					own = append(own, s)
				} else {
					others = append(others, s)
				}
			}
			slices.SortStableFunc(own, func(a, b step) int { return last(a) - last(b) })
			for first := 0; first < len(own); first++ {
				end := first
				for end < len(own) && own[end].kind == "cancel" {
					end++
				}
				slices.SortFunc(own[first:end], func(a, b step) int { return a.json[3].(int) - b.json[3].(int) })
				first = max(first, end-1)
			}
			ordered = append(ordered, own...)
			instant = others
		}
	}
	return ordered
}

// The answer is the last step of its call at that instant: that losers of a hedging are given up is done by
// other goroutines.
func last(s step) int {
	if s.kind == "answer" {
		return 1
	}
	return 0
}

// Of one instant, more than one thing that a script or a timer brings about. What a bulkhead hands on to
// another call begins with that call's send. A breaker around a hedging and its losers race, too.
func tied(ordered []step, waits bool) bool {
	for i, s := range ordered {
		if i == 0 || ordered[i-1].at != s.at {
			continue
		}
		root := s.kind == "call" || s.kind == "reply" || s.kind == "gone"
		races := ordered[i-1].kind == "breaker" && s.kind == "cancel"
		handedOn := waits && s.kind == "send"
		if root || races || (ordered[i-1].call != s.call && !handedOn) {
			return true
		}
	}
	return false
}

// RecordCalls plays the scripts on stdin to clients that build makes of their policies, each of them
// often: where threads race, the recordings differ, and the script is left out.
func RecordCalls(t *testing.T, library, name string, build func(policies json.RawMessage) Client) {
	const times = 5
	scripts := json.NewDecoder(os.Stdin)
	for scripts.More() {
		fields := map[string]json.RawMessage{}
		if err := scripts.Decode(&fields); err != nil {
			t.Fatal(err)
		}
		script := CallScript{ID: Decode[string](fields["id"]), Policies: fields[name], Calls: fields["calls"]}
		waits := bytes.Contains(script.Policies, []byte("WithMaxWaitTime"))
		var first []byte
		for round := range times {
			var recorded calls
			synctest.Test(t, func(t *testing.T) { recorded.play(script, build(script.Policies)) })
			ordered := recorded.ordered()
			steps := encode(ordered)
			if round == 0 {
				first = steps
			}
			if tied(ordered, waits) || !bytes.Equal(first, steps) {
				fmt.Fprintf(os.Stderr, "%s: two things at one instant, left out\n", script.ID)
				first = nil
				break
			}
		}
		if first != nil {
			fmt.Fprintln(output, line(fields, name, library, first))
		}
	}
}

func encode(ordered []step) []byte {
	steps := []any{}
	for _, s := range ordered {
		steps = append(steps, s.json)
	}
	return Must(json.Marshal(steps))
}

// The script with its steps, its keys in the order of the format.
func line(fields map[string]json.RawMessage, name, library string, steps []byte) string {
	fields["library"] = Must(json.Marshal(library))
	fields["steps"] = steps
	parts := []string{}
	for _, key := range []string{"id", "note", name, "calls", "library", "steps"} {
		if value, there := fields[key]; there {
			var compact bytes.Buffer
			if err := json.Compact(&compact, value); err != nil {
				panic(err)
			}
			parts = append(parts, fmt.Sprintf("%q:%s", key, compact.String()))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}
