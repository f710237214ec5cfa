// Many answers with net/http, so many in flight: answers URLS.txt IN_FLIGHT
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	urls := strings.Fields(string(text))
	inFlight, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}

	// Raised to the job: by default two idle connections a host are kept.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = inFlight
	transport.MaxIdleConnsPerHost = inFlight
	client := &http.Client{Transport: transport, Timeout: 60 * time.Second}

	bodies := make([][]byte, len(urls))
	next := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < inFlight; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for index := range next {
				body, err := get(client, urls[index])
				if err != nil {
					log.Fatal(err)
				}
				bodies[index] = body
			}
		}()
	}
	for index := range urls {
		next <- index
	}
	close(next)
	workers.Wait()

	bytes := 0
	for _, body := range bodies {
		bytes += len(body)
	}
	line, err := json.Marshal(map[string]int{"answers": len(bodies), "bytes": bytes})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func get(client *http.Client, url string) ([]byte, error) {
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}
