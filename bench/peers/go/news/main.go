// Three sources of news into SQLite with net/http and database/sql: news JOB.json FILE.db
package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	_ "github.com/mattn/go-sqlite3"
)

const schema = `CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT, published_at TEXT,
	author TEXT, summary TEXT, section TEXT, PRIMARY KEY (source, id))`

type plan struct {
	NewsAPI         string `json:"newsapi"`
	NewsAPIKey      string `json:"newsapi_key"`
	Guardian        string `json:"guardian"`
	HackerNewsList  string `json:"hackernews_list"`
	HackerNewsItem  string `json:"hackernews_item"`
	HackerNewsCount int    `json:"hackernews_count"`
}

// row is one article: source, id, title, url, published, author, summary, section.
type row [8]any

func main() {
	var job plan
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &job)
	}
	if err != nil {
		log.Fatal(err)
	}

	sources := []func(plan) ([]row, error){newsAPI, guardian, hackerNews}
	fetched := make([][]row, len(sources))
	err = each(len(sources), func(index int) (err error) {
		fetched[index], err = sources[index](job)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	count, err := store(os.Args[2], fetched)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d articles from 3 sources\n", count)
}

// each does the work for every index at once and gives the first error.
func each(count int, work func(int) error) error {
	var all sync.WaitGroup
	errs := make(chan error, count)
	for index := 0; index < count; index++ {
		all.Add(1)
		go func(index int) {
			defer all.Done()
			if err := work(index); err != nil {
				errs <- err
			}
		}(index)
	}
	all.Wait()
	close(errs)
	return <-errs
}

func get(url string, header http.Header, into any) error {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

func newsAPI(job plan) ([]row, error) {
	var answer struct {
		Articles []struct {
			Title, URL, PublishedAt *string
			Author, Description     *string
			Source                  struct{ Name *string }
		}
	}
	if err := get(job.NewsAPI, http.Header{"X-Api-Key": {job.NewsAPIKey}}, &answer); err != nil {
		return nil, err
	}
	var rows []row
	for _, it := range answer.Articles {
		if *it.Title == "[Removed]" || *it.URL == "https://removed.com" {
			continue
		}
		rows = append(rows, row{"newsapi", it.URL, it.Title, it.URL, it.PublishedAt, it.Author, it.Description, it.Source.Name})
	}
	return rows, nil
}

func guardian(job plan) ([]row, error) {
	var answer struct {
		Response struct {
			Results []struct {
				ID, WebTitle, WebURL, WebPublicationDate, SectionName *string
				Fields                                                struct{ Byline, TrailText *string }
			}
		}
	}
	if err := get(job.Guardian, http.Header{}, &answer); err != nil {
		return nil, err
	}
	var rows []row
	for _, it := range answer.Response.Results {
		rows = append(rows, row{"guardian", it.ID, it.WebTitle, it.WebURL, it.WebPublicationDate,
			it.Fields.Byline, it.Fields.TrailText, it.SectionName})
	}
	return rows, nil
}

func hackerNews(job plan) ([]row, error) {
	var ids []int64
	if err := get(job.HackerNewsList, http.Header{}, &ids); err != nil {
		return nil, err
	}
	if len(ids) > job.HackerNewsCount {
		ids = ids[:job.HackerNewsCount]
	}
	items := make([]*struct {
		ID, Time      int64
		Type          string
		Title, URL    *string
		By, Text      *string
		Deleted, Dead bool
	}, len(ids))
	err := each(len(ids), func(index int) error {
		url := strings.Replace(job.HackerNewsItem, "{}", strconv.FormatInt(ids[index], 10), 1)
		return get(url, http.Header{}, &items[index])
	})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, it := range items {
		if it == nil || it.Deleted || it.Dead || (it.Type != "story" && it.Type != "job" && it.Type != "poll") {
			continue
		}
		url := fmt.Sprintf("https://news.ycombinator.com/item?id=%d", it.ID)
		if it.URL != nil && *it.URL != "" {
			url = *it.URL
		}
		id, time := strconv.FormatInt(it.ID, 10), strconv.FormatInt(it.Time, 10)
		rows = append(rows, row{"hackernews", id, it.Title, url, time, it.By, it.Text, nil})
	}
	return rows, nil
}

func store(file string, fetched [][]row) (int, error) {
	database, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=NORMAL")
	if err != nil {
		return 0, err
	}
	defer database.Close()
	if _, err := database.Exec(schema); err != nil {
		return 0, err
	}
	tx, err := database.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	insert, err := tx.Prepare("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return 0, err
	}
	count := 0
	for _, rows := range fetched {
		for _, row := range rows {
			if _, err := insert.Exec(row[:]...); err != nil {
				return 0, err
			}
			count++
		}
	}
	return count, tx.Commit()
}
