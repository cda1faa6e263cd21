package main

import (
	"bytes"
	"fmt"
	"image/color"
	"os"
	"slices"

	"example.com/machineauth/jwk"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// colors of the bars, readable on white by everybody.
var (
	ourColor   = color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}
	floorColor = color.RGBA{R: 0x55, G: 0x55, B: 0x55, A: 0xff}
	peerColor  = color.RGBA{R: 0xbb, G: 0xbb, B: 0xbb, A: 0xff}
)

// bar is one bar of the plot.
type bar struct {
	name  string
	ratio float64
	color color.Color
}

// bars are those of the workload that the plot shows, cheapest last: the plot draws from the bottom up.
func (r ratios) bars() []bar {
	costs := r[id{jwk.RS256, session}][1]
	all := []bar{{rawName, 1, floorColor}, {refusedName, costs[refusedName].ratio, ourColor}}
	for _, c := range contenders {
		b := bar{c.name, costs[c.name].ratio, peerColor}
		if c.module == ourModule {
			b.color = ourColor
		}
		if costs[c.name].na == "" {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b bar) int {
		if a.ratio > b.ratio {
			return -1
		}
		return 1
	})
	return all
}

// draw writes the plot as an SVG.
func (r ratios) draw(path string) error {
	bars := r.bars()
	plot.DefaultFont.Variant, plotter.DefaultFont.Variant = "Sans", "Sans"
	p := plot.New()
	p.Title.Text = "One request, RS256, session with full claims, one core"
	p.X.Label.Text = "time, as a multiple of the raw RSA signature check"
	p.X.Min, p.X.Max = 0, bars[0].ratio*1.12
	p.X.Tick.Marker = plot.TickerFunc(func(_, most float64) (ticks []plot.Tick) {
		for x := 0.0; x <= most; x++ {
			ticks = append(ticks, plot.Tick{Value: x, Label: fmt.Sprint(x)})
		}
		return ticks
	})
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0

	names := make([]string, len(bars))
	ends := plotter.XYLabels{XYs: make(plotter.XYs, len(bars)), Labels: make([]string, len(bars))}
	for i, b := range bars {
		names[i] = b.name
		ends.XYs[i] = plotter.XY{X: b.ratio, Y: float64(i)}
		ends.Labels[i] = fmt.Sprintf(" %.2f", b.ratio)
		chart, err := plotter.NewBarChart(plotter.Values{b.ratio}, vg.Points(15))
		if err != nil {
			return err
		}
		chart.Horizontal, chart.XMin, chart.Color, chart.LineStyle.Width = true, float64(i), b.color, 0
		p.Add(chart)
	}
	p.NominalY(names...)
	p.Y.Padding = vg.Points(14) // room for fonts that are wider than the one measured with
	p.Y.Min, p.Y.Max = -0.6, float64(len(bars))-0.4
	floor, err := plotter.NewLine(plotter.XYs{{X: 1, Y: p.Y.Min}, {X: 1, Y: p.Y.Max}})
	if err != nil {
		return err
	}
	floor.Color, floor.Dashes = floorColor, []vg.Length{vg.Points(3), vg.Points(3)}
	labels, err := plotter.NewLabels(ends)
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].YAlign = draw.YCenter
	}
	p.Add(floor, labels)

	canvas := vgsvg.New(18*vg.Centimeter, vg.Length(len(bars))*0.75*vg.Centimeter+2.5*vg.Centimeter)
	margin := vg.Points(8)
	p.Draw(draw.Crop(draw.New(canvas), margin, -margin, margin, -margin))
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	// Who doesn't have the library's font gets one of the same measures.
	text := bytes.ReplaceAll(svg.Bytes(), []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,sans-serif"))
	return os.WriteFile(path, text, 0o644)
}
