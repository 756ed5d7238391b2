// Calls URL once with net/http and prints how that ended.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

func words(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return "timeout"
		}
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}

func main() {
	wait, _ := time.ParseDuration(os.Args[2] + "s")
	client := http.Client{Timeout: wait}
	answer, err := client.Get(os.Args[1])
	if err != nil {
		fmt.Println(words(err))
		return
	}
	if _, err = io.Copy(io.Discard, answer.Body); err != nil {
		fmt.Printf("%d, then %s\n", answer.StatusCode, words(err))
		return
	}
	fmt.Println(answer.StatusCode)
}
