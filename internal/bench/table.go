package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table is what is printed: a title, a header, rows, and what there is to know about them.
type table struct {
	title string
	note  string
	rows  [][]string // the first is the header; the first column is flush left
}

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case float64:
			row[i] = fmt.Sprintf("%.2f", c)
		default:
			row[i] = fmt.Sprint(c)
		}
	}
	t.rows = append(t.rows, row)
}

func (t *table) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n", t.title)
	width := 0
	for _, row := range t.rows {
		width = max(width, len(row[0]))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range t.rows {
		fmt.Fprintf(w, "%-*s\t%s\t\n", width, row[0], strings.Join(row[1:], "\t"))
	}
	w.Flush()
	if t.note != "" {
		fmt.Fprintln(out, t.note)
	}
}

// micros is a time as it stands in a table.
func micros(ns float64) string { return fmt.Sprintf("%.2f µs", ns/1000) }

// mebibytes is a size as it stands in a table.
func mebibytes(n uint64) string { return fmt.Sprintf("%.2f MiB", float64(n)/(1<<20)) }
