package chart

import "sort"

// Parameter is a value of the chart that takes one of a few settings.
type Parameter struct {
	Path     string
	Settings []any
}

// Row is one choice for every parameter, by path.
type Row map[string]any

// Pairwise returns rows in which every pair of settings of two parameters that may meet does meet. may tells whether a
// row, perhaps half full, can still become a valid one. The order of parameters decides the rows, nothing else.
func Pairwise(parameters []Parameter, may func(Row) bool) []Row {
	type pair struct{ a, b, settingA, settingB int }
	missing := map[pair]bool{}
	for a := range parameters {
		for b := a + 1; b < len(parameters); b++ {
			for i, settingA := range parameters[a].Settings {
				for j, settingB := range parameters[b].Settings {
					if may(Row{parameters[a].Path: settingA, parameters[b].Path: settingB}) {
						missing[pair{a, b, i, j}] = true
					}
				}
			}
		}
	}
	var rows []Row
	for len(missing) != 0 {
		open := make([]pair, 0, len(missing))
		for p := range missing {
			open = append(open, p)
		}
		sort.Slice(open, func(i, j int) bool {
			x, y := open[i], open[j]
			if x.a != y.a {
				return x.a < y.a
			}
			if x.b != y.b {
				return x.b < y.b
			}
			if x.settingA != y.settingA {
				return x.settingA < y.settingA
			}
			return x.settingB < y.settingB
		})
		chosen := make([]int, len(parameters))
		for index := range chosen {
			chosen[index] = -1
		}
		row := Row{}
		put := func(parameter, setting int) {
			chosen[parameter] = setting
			row[parameters[parameter].Path] = parameters[parameter].Settings[setting]
		}
		put(open[0].a, open[0].settingA)
		put(open[0].b, open[0].settingB)
		for parameter := range parameters {
			if chosen[parameter] >= 0 {
				continue
			}
			best, bestGain := -1, -1
			for setting := range parameters[parameter].Settings {
				row[parameters[parameter].Path] = parameters[parameter].Settings[setting]
				if !may(row) {
					continue
				}
				gain := 0
				for other, otherSetting := range chosen {
					if otherSetting < 0 {
						continue
					}
					p := pair{other, parameter, otherSetting, setting}
					if other > parameter {
						p = pair{parameter, other, setting, otherSetting}
					}
					if missing[p] {
						gain++
					}
				}
				if gain > bestGain {
					best, bestGain = setting, gain
				}
			}
			if best < 0 {
				panic("no setting of " + parameters[parameter].Path + " is left")
			}
			put(parameter, best)
		}
		for a := range parameters {
			for b := a + 1; b < len(parameters); b++ {
				delete(missing, pair{a, b, chosen[a], chosen[b]})
			}
		}
		delete(missing, open[0])
		rows = append(rows, row)
	}
	return rows
}
