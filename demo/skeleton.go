package demo

// The city's frame: main roads, water and the outline, as longitude, latitude read
// off by eye and rounded to about a hundred metres. They are a sketch of our own
// that puts the streets' names about where they belong, not a survey.

type kind uint8

const (
	trunk kind = iota
	primary
	secondary
	tertiary
	residential
	alley
	track
	stream
	shore  // the edge of a lake
	border // of the city
)

var classNames = [...]string{trunk: "trunk", primary: "primary", secondary: "secondary", tertiary: "tertiary", residential: "residential",
	alley: "alley", track: "track", stream: "stream", shore: "shore", border: "border"}

// widths are the breadth of ground between the plots on both sides, metres.
var widths = [...]float64{trunk: 24, primary: 20, secondary: 16, tertiary: 12, residential: 8, alley: 4, track: 5, stream: 10, shore: 3, border: 4}

// sketch is one line of the frame.
type sketch struct {
	name string
	kind kind
	at   []float64 // longitude, latitude, less 108 and 11, in thousandths of a degree
}

func outline() []float64 {
	return []float64{330, 985, 318, 945, 322, 905, 338, 884, 372, 882, 395, 862, 430, 853, 470, 856, 492, 838, 520, 815, 552, 812, 585, 838,
		592, 880, 575, 925, 560, 965, 535, 990, 520, 1030, 500, 1070, 455, 1078, 410, 1070, 375, 1062, 345, 1025}
}

func xuanHuong() []float64 {
	return []float64{437.9, 940.0, 439.3, 941.0, 441.5, 941.9, 443.7, 942.6, 445.4, 944.0, 446.6, 946.2, 447.6, 948.6, 449.5, 950.4, 451.6, 951.3,
		452.7, 950.6, 451.8, 949.0, 450.0, 946.9, 448.9, 944.6, 448.2, 942.3, 446.7, 940.4, 444.4, 939.6, 441.9, 939.4, 439.6, 939.2}
}

type lake struct {
	name, code string
	at         []float64
}

func lakes() []lake {
	return []lake{
		{"Hồ Tuyền Lâm", "tuyenlam", []float64{435.5, 900.5, 431, 899, 427.5, 903, 424.8, 908.2, 422, 906.5, 423.6, 901.5, 419, 903, 417.6, 900.8, 422.2, 897.2, 420, 893, 415.5, 888.5, 412.5, 882, 416, 880.3, 420.5, 887.5, 427, 889.5, 428.5, 894, 434, 893.5, 437.5, 897}},
		{"Hồ Đan Kia", "dankia", []float64{377, 1001, 381.5, 1003, 385.5, 1009, 388, 1016, 392.5, 1024, 394.5, 1031, 391, 1029.5, 386.5, 1022, 383, 1019.5, 383.5, 1013, 380, 1011.5, 378.5, 1006}},
		{"Hồ Chiến Thắng", "chienthang", []float64{463, 973.5, 466.2, 972.2, 469.3, 974.2, 468.2, 976.6, 466, 976, 464.2, 977.8, 462.6, 976}},
		{"Hồ Than Thở", "thantho", []float64{477.3, 955.3, 478.6, 955.6, 479.4, 958.5, 478.7, 959.2, 477.4, 957.4}},
		{"Hồ Mê Linh", "melinh", []float64{470.4, 956.4, 471.8, 956.6, 471.4, 958.9, 470.2, 958.6}},
		{"Hồ Đa Thiện 3", "dathien", []float64{450.4, 980.4, 452.2, 982.2, 452.8, 986, 451.5, 987.4, 450.6, 984}},
	}
}

func streams() []sketch {
	return []sketch{
		{"Suối Cam Ly", stream, []float64{482, 972, 476.5, 966, 471, 957.5, 468, 956, 463, 958, 457.5, 955, 452.2, 950.9, 447.6, 945.6, 443.5, 941, 438.5, 939.6, 436.2, 940.1, 432.5, 941.8, 427.5, 941.6, 421, 942.6, 416.5, 946.5, 413.5, 953.5, 405, 958, 396, 955, 388, 950, 378, 948, 366, 952, 352, 949, 336, 952, 310, 948}},
		{"Suối Phan Đình Phùng", stream, []float64{427.3, 966, 428.8, 960, 431.2, 953.5, 433.2, 948.2, 433.4, 943.6, 432.5, 941.8}},
		{"Suối Tuyền Lâm", stream, []float64{405, 875, 414, 881.5, 422, 891, 430, 896.5, 437, 898.5, 444, 899, 452, 896, 462, 884, 472, 874, 481, 866, 487, 850, 494, 830}},
		{"Suối Đạ Tam", stream, []float64{545, 972, 540, 955, 525, 948, 508, 932, 497, 922, 492, 905, 496, 885, 488, 870, 481, 866}},
		{"Suối Đan Kia", stream, []float64{420, 1026, 412, 1012, 398, 1012, 388, 1016.5, 383.5, 1012, 379, 1005, 374, 999, 360, 985, 352, 968, 340, 965, 310, 962}},
		{"Suối Phước Thành", stream, []float64{440, 1002, 431, 992, 421, 996, 414, 1004, 408, 1012}},
		{"Suối Đa Thiện", stream, []float64{451.5, 992, 451.7, 987, 451.2, 981, 450, 975.5, 447.5, 968, 447.2, 960, 447, 951, 447.4, 947.8}},
		{"Suối Chiến Thắng", stream, []float64{466, 983, 466.2, 976.5, 464.5, 974, 459.5, 970, 459, 962, 457.5, 955}},
		{"Suối Than Thở", stream, []float64{487, 963.5, 479, 958.8, 478, 956, 474.5, 953.8, 471.4, 956.2, 470.9, 958.7, 466.5, 960.5}},
		{"Suối Đa Quý", stream, []float64{520, 965, 511, 955, 503, 950.5, 497, 938, 488, 932, 480, 925, 470, 915, 463, 905, 466, 890, 470, 876}},
		{"Suối Xuân Trường", stream, []float64{575, 890, 562, 880, 553, 868, 540, 860, 526, 850, 512, 830}},
		{"Suối Tía", stream, []float64{392, 925, 398, 912, 404, 900, 409, 890, 414, 881.5}},
		{"Suối Tà Nung", stream, []float64{372, 940, 362, 928, 357, 915, 350, 900, 345, 882}},
	}
}

func mainRoads() []sketch {
	return []sketch{
		{"Đèo Mimosa", trunk, []float64{462, 845, 466, 856, 468, 866, 470.5, 877.5, 465.5, 897, 461, 908, 455.5, 914, 460.5, 918, 457.5, 923, 458.3, 929}},
		{"Hùng Vương", trunk, []float64{459.5, 940.3, 462.7, 941.2, 465.5, 947, 469, 950, 473.5, 949.2, 477, 943, 481.5, 940, 486, 941.5, 488.5, 946, 491.2, 946.5}},
		{"Khe Sanh", trunk, []float64{458.3, 929, 458.5, 935, 459.5, 940.3}},
		{"Tự Phước", trunk, []float64{491.2, 946.5, 500, 944, 515, 943, 530, 943.5}},
		{"Quốc lộ 20", trunk, []float64{530, 943.5, 533, 928, 527, 916, 531, 900, 545, 888, 556, 872, 572, 850, 594, 833}},
		{"Trần Hưng Đạo", primary, []float64{445.7, 936.3, 451, 938, 456, 939.5, 459.5, 940.3}},
		{"Trần Phú", primary, []float64{430, 936, 434, 936, 438.5, 936.8, 442, 937, 445.7, 936.3}},
		{"3 Tháng 4", primary, []float64{445.7, 936.3, 446.5, 931, 447, 927}},
		{"Đèo Prenn", primary, []float64{447, 927, 444, 922, 447, 917, 449, 909, 448, 905.2, 451, 900, 460, 889, 470.3, 878.5}},
		{"Hoàng Văn Thụ", primary, []float64{430, 936, 429.5, 938, 424, 940, 421.5, 941.5, 418, 943}},
		{"Vạn Thành", primary, []float64{418, 943, 414, 947.5, 410, 949, 401, 949, 396, 952}},
		{"Đường tỉnh 725", primary, []float64{396, 952, 385, 943, 370, 925, 352, 925, 346, 905, 345, 878}},
		{"Nguyễn Thị Minh Khai", secondary, []float64{438.3, 936.8, 437.4, 938.6, 437.2, 940.6, 436.9, 943.2}},
		{"Khu Hòa Bình", secondary, []float64{436.9, 943.2, 435.6, 944.1, 434.2, 943.8}},
		{"3 Tháng 2", secondary, []float64{434.2, 943.8, 433.5, 940.5, 431, 938, 430, 936}},
		{"Phan Đình Phùng", secondary, []float64{434.2, 943.8, 435, 947.5, 433.4, 952.5, 431, 957, 430.2, 961, 427.5, 970}},
		{"Xô Viết Nghệ Tĩnh", secondary, []float64{433.4, 952.5, 434.5, 956, 435, 960, 432.5, 966, 427.5, 970, 423.5, 972.5, 418.5, 979}},
		{"Đankia", secondary, []float64{418.5, 979, 417, 990, 418, 1002}},
		{"Lang Biang", secondary, []float64{418, 1002, 420.5, 1011, 424.5, 1020}},
		{"Ankroet", secondary, []float64{418.5, 979, 411, 978, 402, 980, 390, 991, 375, 992}},
		{"Đường tỉnh 726", secondary, []float64{375, 992, 350, 995, 335, 990, 315, 975}},
		{"Trường Sơn Đông", secondary, []float64{375, 992, 372, 1010, 366, 1030, 365, 1050, 370, 1085}},
		{"Bùi Thị Xuân", secondary, []float64{439.6, 941.2, 440.6, 945, 439.5, 949, 440.5, 953, 443.5, 954.5}},
		{"Phù Đổng Thiên Vương", secondary, []float64{443.5, 954.5, 443, 960, 443.5, 967, 441.5, 972, 440.5, 974.5}},
		{"Đinh Tiên Hoàng", secondary, []float64{443.7, 942.8, 442.9, 948, 443.5, 954.5}},
		{"Trần Nhân Tông", secondary, []float64{443.5, 954.5, 446, 952.8, 448.3, 950.6}},
		{"Nguyên Tử Lực", secondary, []float64{452, 951.5, 451, 956, 452, 965, 452.5, 973, 453, 978}},
		{"Mai Anh Đào", secondary, []float64{440.5, 974.5, 446, 977, 453, 978}},
		{"Thánh Mẫu", secondary, []float64{440.5, 974.5, 433.5, 974.5, 427.5, 970}},
		{"Nguyễn Công Trứ", secondary, []float64{434.5, 956, 439, 957, 443.5, 954.5}},
		{"Phan Chu Trinh", secondary, []float64{452.4, 951.3, 458, 951, 462.5, 950.5, 466.5, 952.5, 470, 954, 473.5, 952.5}},
		{"Hồ Xuân Hương", secondary, []float64{473.5, 952.5, 476.2, 954.6, 476.5, 960, 474.5, 965, 476, 973}},
		{"Ngô Gia Tự", secondary, []float64{476, 973, 479, 978, 479.5, 983, 489, 992}},
		{"Huỳnh Tấn Phát", primary, []float64{491.2, 946.5, 494.5, 955, 488, 957, 489.5, 965, 487, 972, 485.5, 977, 490, 981, 489.2, 992}},
		{"Quốc lộ 27C", primary, []float64{489.2, 992, 488, 1010, 499, 1030, 489, 1047, 494, 1064, 498, 1085}},
		{"Yersin", secondary, []float64{448.4, 941.5, 452, 942.5, 454.8, 942.5, 456, 939.5}},
		{"Quang Trung", secondary, []float64{454.8, 942.5, 458.5, 946, 462, 947.8, 465.5, 947}},
		{"Lữ Gia", tertiary, []float64{462.5, 950.5, 463.2, 948.8, 462, 947.8}},
		{"Nguyễn Du", tertiary, []float64{458, 951, 457.5, 948.4, 458.5, 946}},
		{"Hà Huy Tập", tertiary, []float64{441, 937, 441.2, 932, 439.5, 926, 437, 921}},
		{"Trần Thánh Tông", tertiary, []float64{437, 921, 434, 915, 434.5, 907, 439.5, 903.4, 448, 905.2}},
		{"Triệu Việt Vương", tertiary, []float64{434, 936, 432.5, 933, 431, 929, 434.5, 925, 437, 921}},
		{"Pasteur", tertiary, []float64{430, 936, 426.5, 934, 420, 935.5}},
		{"Huyền Trân Công Chúa", tertiary, []float64{420, 935.5, 416, 932, 418, 926}},
		{"Đường vành đai", secondary, []float64{421.5, 941.5, 420, 935.5, 418, 926, 418.5, 918, 426.5, 911, 431, 914.5, 434, 915}},
		{"Hoa Hồng", tertiary, []float64{426.5, 911, 420, 907.5, 414, 899, 408.5, 887, 409, 878.5, 416, 877}},
		{"Hoa Phượng Tím", tertiary, []float64{439.5, 903.4, 440.5, 895, 433, 888, 424, 884, 416, 877}},
		{"Đèo Sacom", tertiary, []float64{433, 888, 437, 870, 455, 878, 470.3, 878.5}},
		{"Hoàng Hoa Thám", tertiary, []float64{462.7, 941.2, 465, 935, 465.5, 926, 464, 917, 460.5, 918}},
		{"Hai Bà Trưng", tertiary, []float64{432.6, 941.9, 432, 947, 430, 953, 427, 960, 426.5, 966, 427.5, 970}},
		{"Hoàng Diệu", tertiary, []float64{432.6, 941.9, 427, 943.2, 421.5, 941.5}},
		{"Ngô Quyền", tertiary, []float64{429, 942.8, 428.9, 948, 427, 955, 424, 960, 425, 965, 427.5, 970}},
		{"Bạch Đằng", tertiary, []float64{424, 960, 421.5, 968, 423.5, 972.5}},
		{"Chi Lăng", tertiary, []float64{470, 954, 469, 960, 474.5, 965}},
		{"Cam Ly", tertiary, []float64{402, 980, 397, 966, 390, 958, 396, 952}},
		{"Bidoup", tertiary, []float64{424.5, 1020, 440, 1018, 460, 1014, 478, 1024, 489, 1047}},
		{"Vạn Hạnh", tertiary, []float64{443, 960, 447.8, 963, 452, 965}},
		{"Nguyễn Hữu Cảnh", tertiary, []float64{443.5, 967, 448, 970.5, 452.5, 973}},
		{"Nam Hồ", tertiary, []float64{473.5, 949.2, 476.5, 951, 482, 949, 491.2, 946.5}},
		{"Xuân Thọ", tertiary, []float64{515, 943, 521, 931, 512, 915, 513, 898, 520, 880, 531, 888, 545, 888}},
		{"Xuân Trường", tertiary, []float64{520, 880, 505, 866, 488, 862, 466, 856}},
		{"Trạm Hành", tertiary, []float64{556, 872, 545, 862, 530, 845, 521, 810}},
		{"Đa Lộc", tertiary, []float64{530, 943.5, 545, 955, 556, 975}},
		{"Đa Thọ", tertiary, []float64{533, 928, 552, 918, 560, 900, 545, 888}},
		{"Tà Nung", tertiary, []float64{352, 925, 338, 934, 312, 940}},
		{"Măng Lin", tertiary, []float64{423.5, 972.5, 428, 981, 431, 990, 424, 1000, 418, 1002}},
		{"Thái Phiên", tertiary, []float64{474.5, 965, 481, 967, 489.5, 965}},
		{"Mê Linh", tertiary, []float64{476, 973, 468, 980, 460, 984, 453, 978}},
		{"Đường vòng Lâm Viên", tertiary, []float64{453, 978, 455.5, 984, 453, 992, 440, 1000, 432, 1010, 424.5, 1020}},
	}
}

// streetNames are names that the city's smaller streets carry.
func streetNames() []string {
	return []string{"Nguyễn Chí Thanh", "Lê Đại Hành", "Trương Công Định", "Tăng Bạt Hổ", "Nguyễn Văn Cừ", "Phan Bội Châu", "Lê Thị Hồng Gấm", "Nguyễn Văn Trỗi", "Thủ Khoa Huân", "Phan Như Thạch", "Bà Triệu", "Đào Duy Từ", "Thiện Mỹ", "Thiện Ý", "Nhà Chung",
		"Hồ Tùng Mậu", "Đoàn Thị Điểm", "Phạm Ngũ Lão", "Trần Lê", "Đặng Thái Thân", "Lê Hồng Phong", "Huỳnh Thúc Kháng", "Yết Kiêu", "Trần Quang Diệu", "Cô Giang", "Cô Bắc", "Nguyễn Viết Xuân", "Võ Thị Sáu", "Đống Đa", "Tô Hiến Thành", "An Bình", "Nguyễn Trung Trực", "Ba Tháng Tư", "Mạc Đĩnh Chi",
		"Lý Tự Trọng", "Nguyễn Thái Học", "Trần Quốc Toản", "Bà Huyện Thanh Quan", "Cổ Loa", "Phạm Hồng Thái", "Nguyễn Trãi", "Hùng Vương nối dài", "Sương Nguyệt Ánh", "Cao Thắng", "Trần Đại Nghĩa", "Nguyễn Đình Chiểu", "Tương Phố", "Hàn Thuyên", "Trần Quý Cáp", "Trần Thái Tông", "Phó Đức Chính", "Hồ Đắc Di", "Khởi Nghĩa Bắc Sơn", "Lý Thường Kiệt", "Trần Khánh Dư",
		"La Sơn Phu Tử", "Ngô Tất Tố", "Ngô Thì Nhậm", "Ngô Thì Sĩ", "Ngô Huy Diễn", "Nguyễn Siêu", "Nguyễn An Ninh", "Nguyễn Hoàng", "Nguyễn Lương Bằng", "Nguyễn Khuyến", "Nguyễn Biểu", "Nguyễn Phi Khanh", "Nguyễn Thượng Hiền", "Nguyễn Tri Phương", "Nguyễn Bỉnh Khiêm", "Nguyễn Khắc Nhu", "Nguyễn Công Hoan", "Tô Ngọc Vân", "Tô Vĩnh Diện", "Tô Hiệu", "Tản Đà", "Hải Thượng", "Mai Hắc Đế", "Mai Hoa Thôn", "Mai Xuân Thưởng",
		"Mimosa", "Trần Bình Trọng", "Trần Nhật Duật", "Trần Anh Tông", "Trần Văn Côi", "Ma Trang Sơn", "Hoàng Diệu nối dài", "Y Dinh", "Lê Lai", "Lê Quý Đôn", "Lê Thánh Tôn", "Lê Văn Tám", "Lương Thế Vinh", "Đa Minh", "Đa Phú", "Đất Mới", "Kim Đồng", "Kim Thạch", "Ka Long", "Gio An", "Phước Thành", "Cao Bá Quát", "Bế Văn Đàn", "Cù Chính Lan",
		"Phan Đình Giót", "Lý Nam Đế", "Trạng Trình", "Thông Thiên Học", "Võ Trường Toản", "Vạn Kiếp", "Cách Mạng Tháng Tám", "Trần Quang Khải", "Phùng Khắc Khoan", "Đinh Công Tráng", "Hồ Xuân Hương nối dài", "Lâm Sinh", "Lâm Văn Thạnh", "Ngô Văn Sở", "Sào Nam", "Quảng Đức", "Huỳnh Tấn Phát nối dài", "Trịnh Hoài Đức", "Tự Tạo", "Lương Đình Của", "Xuân An", "Tây Hồ", "Nguyễn Đình Quân", "Nguyễn Hữu Cầu", "Nguyễn Đức Cảnh",
		"An Dương Vương", "An Tôn", "Ánh Sáng", "Bà Triệu nối dài", "Châu Văn Liêm", "Chu Văn An", "Dã Tượng", "Đồng Tâm", "Hà Giang", "Hoàng Hoa", "Hoàng Văn Thái", "Khe Sanh nối dài", "Lê Văn Duyệt", "Ngọc Lan", "Nguyễn Hồng", "Phạm Phú Thứ", "Phan Huy Chú", "Thi Sách", "Tô Ký", "Trúc Lâm Yên Tử", "Trần Hữu Dực", "Triệu Quang Phục", "Yên Thế", "Yết Kiêu nối dài"}
}
