// Drives a server of toxiproxy's API with toxiproxy's own client: main ADDRESS.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func require(holds bool, what string) {
	if !holds {
		fmt.Println("not so:", what)
		os.Exit(1)
	}
	fmt.Println("ok:", what)
}

// A service that sends lines back.
func echo() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(client, client)
				client.Close()
			}()
		}
	}()
	return listener.Addr().String()
}

func roundTrip(connection net.Conn) (time.Duration, error) {
	begun := time.Now()
	if _, err := connection.Write([]byte("line\n")); err != nil {
		return 0, err
	}
	_, err := bufio.NewReader(connection).ReadString('\n')
	return time.Since(begun), err
}

func main() {
	client := toxiproxy.NewClient(os.Args[1])
	version, err := client.Version()
	must(err)
	fmt.Printf("version: %s", version)

	proxy, err := client.CreateProxy("echo", "127.0.0.1:0", echo())
	must(err)
	connection, err := net.Dial("tcp", proxy.Listen)
	must(err)
	_, err = roundTrip(connection)
	must(err)
	require(true, "a proxy that CreateProxy made passes bytes on")

	_, err = client.CreateProxy("echo", "127.0.0.1:0", "127.0.0.1:1")
	require(err != nil && err.Error() == "Create: HTTP 409: proxy already exists", "a name is taken once")

	toxic, err := proxy.AddToxic("", "latency", "downstream", 1, toxiproxy.Attributes{"latency": 100})
	must(err)
	require(toxic.Name == "latency_downstream", "a toxic without a name gets one")
	took, err := roundTrip(connection)
	must(err)
	require(took >= 100*time.Millisecond, "a latency acts on a connection that was there before")

	toxic, err = proxy.UpdateToxic(toxic.Name, -1, toxiproxy.Attributes{"jitter": 5})
	must(err)
	require(toxic.Attributes["latency"] == 100.0 && toxic.Attributes["jitter"] == 5.0 && toxic.Toxicity == 1,
		"an update leaves what it does not name")
	must(proxy.RemoveToxic(toxic.Name))
	require(proxy.RemoveToxic(toxic.Name).Error() == "HTTP 404: toxic not found", "a toxic is removed once")

	_, err = proxy.AddToxic("", "reset_peer", "upstream", 1, toxiproxy.Attributes{"timeout": 0})
	must(err)
	_, err = roundTrip(connection)
	require(errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE), "a reset is a reset")

	must(proxy.Disable())
	_, err = net.Dial("tcp", proxy.Listen)
	require(errors.Is(err, syscall.ECONNREFUSED), "a disabled proxy refuses")
	must(client.ResetState())
	toxics, err := proxy.Toxics()
	must(err)
	require(len(toxics) == 0, "a reset of the state removes all toxics")
	connection, err = net.Dial("tcp", proxy.Listen)
	must(err)
	_, err = roundTrip(connection)
	must(err)
	require(true, "and enables all proxies")

	made, err := client.Populate([]toxiproxy.Proxy{
		{Name: "echo", Listen: proxy.Listen, Upstream: proxy.Upstream, Enabled: true},
		{Name: "other", Listen: "127.0.0.1:0", Upstream: proxy.Upstream, Enabled: true},
	})
	must(err)
	require(len(made) == 2 && made[0].Name == "echo" && made[1].Name == "other", "Populate makes a list")
	_, err = roundTrip(connection)
	must(err)
	require(true, "and leaves the connections of a proxy that is alike")
	must(made[1].Delete())
	proxies, err := client.Proxies()
	must(err)
	require(len(proxies) == 1, "a deleted proxy is gone")
}
