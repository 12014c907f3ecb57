package pages

import (
	"fmt"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// What rules say, what is not known and what it could change stand on the page in
// words, with how sure each number is.
func TestRulesOnThePage(t *testing.T) {
	three, four, six, zone, demo, unverified, no, hundred := 3.0, 4.0, 6.0, "A1", "demo", "unverified", false, 100.0
	plan, from, to := "Phân khu", spatial.Date("2021-01-01"), spatial.Date("2041-01-01")
	could := []planning.Could{
		{Input: "roadWidth", Rule: "R1", Title: "khoảng lùi theo lộ giới", From: 0, To: &six, Unit: "m"},
		{Input: "height", Rule: "R1", Title: "khoảng lùi theo lộ giới", From: 0, To: &six, Unit: "m"},
		{Input: "newInput", Rule: "R2", Title: "một quy tắc", From: 2}}
	a := planning.Assessment{
		Floors: planning.Limit{Outcome: planning.Answered, Max: &three, Status: &demo, Because: &planning.Reason{Rule: "R9", Title: "Biệt thự: tầng cao", Zone: &zone},
			AlsoConsidered: []planning.Also{{Max: 4, Rule: "R8", Title: "số tầng theo chiều cao", Zone: &zone}, {Max: 2, Rule: "zone", Title: "x", Zone: &zone, YieldsTo: &zone}},
			Unknown:        []string{"buildingKind"}, Could: could[2:], Assumptions: []string{"heightAsAllowed", "parcelIsLot"}},
		Density:      planning.Limit{Outcome: planning.Answered, Max: &hundred, Status: &unverified, Because: &planning.Reason{Rule: "R3", Title: "Mật độ"}},
		Setbacks:     []planning.Setback{{Side: "front", Outcome: planning.NoData, Could: could[:2]}},
		Requirements: []planning.Requirement{{Limit: "minFrontage", Unit: "m", Outcome: planning.Answered, Min: &four, Met: &no, Because: &planning.Reason{Rule: "R4", Title: "Mặt tiền"}}},
		Footprint:    planning.Extent{Max: &hundred},
		Findings:     []planning.Finding{{Kind: "plansOverlap", Plans: []string{"P", "Q"}, Zones: []string{"A1", "B1"}}},
		Conversion:   []planning.Conversion{{Part: "A1", Outcome: "mayApply", Plan: &plan, Period: planning.Years{From: &from, To: &to}}},
	}
	d := dalat()
	h := serve(t, d, func(c *Config) { c.Cards = fixed{card: city.Card{ID: "1", Planning: a}} })
	says(t, ok(t, h, fmt.Sprint("/parcels/", d.home)), "vì Biệt thự: tầng cao, ô quy hoạch A1", "Số tầng theo chiều cao: tối đa 4", "Ô quy hoạch A1: tối đa 2 (ô A1 thuộc đồ án có giá trị trước)",
		"Chưa biết: loại công trình", "Một quy tắc: 2… (cần biết: newInput)", "Giả định: công trình cao hết mức cho phép; thửa đất là toàn bộ lô đất",
		"100 % Mật độ (chưa kiểm chứng)", "Khoảng lùi theo lộ giới: 0–6 m (cần biết: lộ giới đường tiếp giáp, chiều cao công trình)",
		"Mặt tiền (ít nhất) 4 m (thửa không đạt)", "Diện tích chiếm đất 100 m²", "Các đồ án cùng cấp chồng lên nhau", "P, Q", "Phân khu, 01/01/2021 – 01/01/2041")
	says(t, ok(t, h, fmt.Sprint("/parcels/", d.home, "?lang=en")), "Not known: the kind of building", "What knowing more could change", "Assumed: the building is as high as allowed", "the parcel does not have it")
}
