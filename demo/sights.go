package demo

import (
	"fmt"

	"github.com/langbiang/langbiang/spatial"
)

// sight is a real place: name and position are facts (positions are near,
// a few hundred metres at worst; some are as in OpenStreetMap).
type sight struct {
	kind, name, english string
	lon, lat            float64 // thousandths of a degree beyond 108 E, 11 N
	hours               string
}

func sights() []sight {
	return []sight{
		{"lake", "Hồ Xuân Hương", "Xuan Huong Lake", 446.8, 941.9, ""},
		{"lake", "Hồ Tuyền Lâm", "Tuyen Lam Lake", 428.3, 898.5, ""},
		{"lake", "Hồ Than Thở", "Than Tho Lake (Lake of Sighs)", 478.2, 957, "07:00-17:00"},
		{"lake", "Hồ Chiến Thắng", "Chien Thang Lake", 466, 974.3, ""},
		{"lake", "Hồ Đan Kia - Suối Vàng", "Dankia Lake - Golden Stream", 384, 1011, ""},
		{"heritage", "Ga Đà Lạt", "Da Lat Railway Station", 454.5, 941.6, "07:00-17:00"},
		{"heritage", "Ga Trại Mát", "Trai Mat Railway Station", 499.3, 945.3, ""},
		{"heritage", "Dinh I", "King Palace I", 463.7, 934.2, "07:00-17:00"},
		{"heritage", "Dinh II", "Palace II (Governor's Palace)", 448.9, 932.9, ""},
		{"heritage", "Dinh III Bảo Đại", "Bao Dai Summer Palace (Palace III)", 429.7, 930, "07:00-17:00"},
		{"heritage", "Trường Cao đẳng Đà Lạt (Lycée Yersin)", "Da Lat College (Lycée Yersin)", 456.8, 942.7, ""},
		{"heritage", "Lăng Nguyễn Hữu Hào", "Tomb of Nguyen Huu Hao", 408.8, 943.6, ""},
		{"heritage", "Khách sạn Dalat Palace", "Dalat Palace Hotel", 441.3, 937.8, ""},
		{"church", "Nhà thờ Chính tòa (Nhà thờ Con Gà)", "Da Lat Cathedral (Chicken Church)", 438.1, 936.3, ""},
		{"church", "Nhà thờ Domaine de Marie", "Domaine de Marie Church", 429.3, 949.7, ""},
		{"church", "Nhà thờ Cam Ly", "Cam Ly Church", 422.5, 944.2, ""},
		{"church", "Nhà thờ Thánh Mẫu", "Thanh Mau Church", 435.3, 974.4, ""},
		{"church", "Nhà thờ Tin Lành Đà Lạt", "Da Lat Evangelical Church", 434.7, 946.6, ""},
		{"pagoda", "Thiền viện Trúc Lâm", "Truc Lam Zen Monastery", 435.6, 903.6, "06:00-17:00"},
		{"pagoda", "Chùa Linh Phước", "Linh Phuoc Pagoda", 499.8, 944.5, "08:00-17:00"},
		{"pagoda", "Chùa Linh Sơn", "Linh Son Pagoda", 436.6, 949.8, ""},
		{"pagoda", "Chùa Thiên Vương Cổ Sát", "Thien Vuong Co Sat Pagoda", 471.8, 941.8, ""},
		{"pagoda", "Chùa Vạn Hạnh", "Van Hanh Pagoda", 444.9, 961.7, ""},
		{"pagoda", "Chùa Linh Quang", "Linh Quang Pagoda", 432.2, 947.6, ""},
		{"landmark", "Quảng trường Lâm Viên", "Lam Vien Square", 445, 938.8, ""},
		{"landmark", "Crazy House (Biệt thự Hằng Nga)", "Crazy House (Hang Nga Villa)", 430.7, 934.6, "08:30-19:00"},
		{"landmark", "Khu Hòa Bình", "Hoa Binh Area", 436.2, 943.9, ""},
		{"landmark", "Dốc Nhà Làng", "Nha Lang Slope", 435.3, 945.1, ""},
		{"landmark", "Vòng xoay Trung tâm (Cầu Ông Đạo)", "Ong Dao Bridge", 438, 940.1, ""},
		{"market", "Chợ Đà Lạt", "Da Lat Market", 437.2, 943.5, "05:00-22:00"},
		{"market", "Chợ đêm Đà Lạt", "Da Lat Night Market", 436.9, 942.3, "17:00-23:00"},
		{"market", "Chợ Trại Mát", "Trai Mat Market", 495.2, 946, ""},
		{"market", "Chợ Phan Chu Trinh", "Phan Chu Trinh Market", 463.9, 951.2, ""},
		{"garden", "Vườn hoa thành phố Đà Lạt", "Da Lat Flower Garden", 449.7, 951.1, "07:00-18:00"},
		{"garden", "Vườn hoa Cẩm Tú Cầu", "Hydrangea Garden", 513, 946.2, ""},
		{"garden", "Làng hoa Vạn Thành", "Van Thanh Flower Village", 413.5, 949.5, ""},
		{"garden", "Làng hoa Thái Phiên", "Thai Phien Flower Village", 483, 969.5, ""},
		{"garden", "Vườn dâu Bình Yên", "Binh Yen Strawberry Garden", 427.1, 948.8, ""},
		{"park", "Thung lũng Tình yêu", "Valley of Love", 449.9, 978.2, "07:30-17:00"},
		{"park", "Đồi Mộng Mơ", "Dream Hill", 447.6, 977.2, "07:30-17:00"},
		{"park", "Khu du lịch Lang Biang", "Langbiang Tourist Area", 424.5, 1020, "07:00-17:00"},
		{"park", "Cáp treo Đà Lạt (Đồi Robin)", "Da Lat Cable Car (Robin Hill)", 444.3, 923.6, "07:30-17:00"},
		{"park", "Đường hầm điêu khắc", "Clay Tunnels", 411.2, 882.9, "07:30-17:00"},
		{"park", "Cao nguyên Hoa Đà Lạt", "Dalat Flower Plateau", 371.5, 926.6, ""},
		{"park", "Làng Cù Lần", "Cu Lan Village", 361.9, 1026.5, "07:30-17:30"},
		{"park", "Ma Rừng Lữ Quán", "Ma Rung Lu Quan", 365.5, 1003, ""},
		{"park", "Đồi Cù (sân gôn)", "Doi Cu (golf course)", 443.9, 947, ""},
		{"peak", "Đỉnh Langbiang", "Langbiang Peak", 440.2, 1046.9, ""},
		{"peak", "Đồi Ra Đa", "Radar Hill", 429.7, 1036.6, ""},
		{"peak", "Núi Voi", "Voi Mountain", 421, 873.5, ""},
		{"waterfall", "Thác Datanla", "Datanla Waterfall", 449, 901.3, "07:00-17:00"},
		{"waterfall", "Thác Prenn", "Prenn Waterfall", 470.1, 876.5, "07:30-17:00"},
		{"waterfall", "Thác Cam Ly", "Cam Ly Waterfall", 420.7, 942.3, ""},
		{"waterfall", "Thác Ankroet", "Ankroet Waterfall", 367.2, 990.9, ""},
		{"museum", "Bảo tàng Lâm Đồng", "Lam Dong Museum", 459.9, 940.6, "07:30-16:30"},
		{"museum", "XQ Sử quán", "XQ Historical Village", 450.7, 975, "08:00-17:00"},
		{"museum", "Nhà lao thiếu nhi Đà Lạt", "Da Lat Youth Prison Museum", 470.7, 952.1, ""},
		{"museum", "Viện Sinh học Tây Nguyên", "Tay Nguyen Biology Institute", 423.6, 963, ""},
		{"university", "Đại học Đà Lạt", "Da Lat University", 442.4, 955.4, ""},
		{"university", "Viện Nghiên cứu Hạt nhân", "Nuclear Research Institute", 451.6, 958.6, ""},
		{"university", "Học viện Lục quân", "Army Academy", 462.3, 952.9, ""},
		{"hospital", "Bệnh viện Đa khoa Lâm Đồng", "Lam Dong General Hospital", 429.8, 940.5, ""},
		{"station", "Bến xe liên tỉnh Đà Lạt", "Da Lat Bus Station", 445.5, 926.9, ""},
	}
}

func (c *City) places(out *sink) bool {
	for i, s := range sights() {
		at, err := local(s.lon, s.lat)
		if err != nil {
			return out.fail(err)
		}
		if !out.put(spatial.Feature{Legal: pointAt(at), Values: []spatial.Value{text(fmt.Sprintf("DEMO-P%03d", i+1)), text(s.kind), text(s.name), text(s.english),
			{}, {}, text(s.hours), {}, text("vị trí gần đúng đến vài trăm mét; một phần theo © OpenStreetMap contributors")}}) {
			return false
		}
	}
	return true
}
