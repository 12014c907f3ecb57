package textenc

// tcvn3 is TCVN 5712 VN3, as .VnTime has it, for the bytes 0x80…0xFF. It has no
// accented capitals beyond these: .VnTimeH draws the small ones as capitals. The
// byte 0xAD is ư, which editors that take it for a soft hyphen lose.
const tcvn3 = "················" + // 0x80
	"················" + // 0x90
	"\u00a0ĂÂÊÔƠƯĐăâêôơưđ·" + // 0xA0
	"·····àảãáạ·ằẳẵắ·" + // 0xB0
	"······ặầẩẫấậè·ẻẽ" + // 0xC0
	"éẹềểễếệìỉ···ĩíịò" + // 0xD0
	"·ỏõóọồổỗốộờởỡớợù" + // 0xE0
	"·ủũúụừửữứựỳỷỹýỵ·" // 0xF0

// viscii is VISCII 1.1 for the bytes 0x80…0xFF; six capitals stand below space.
const viscii = "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ" + // 0x80
	"ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ" + // 0x90
	"Õắằặấầẩậẽẹếềểễệố" + // 0xA0
	"ồổỗỠƠộờởịỰỨỪỬơớƯ" + // 0xB0
	"ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ" + // 0xC0
	"ĐứÒÓÔạỷừửÙÚỹỵÝỡư" + // 0xD0
	"àáâãảăữẫèéêẻìíĩỉ" + // 0xE0
	"đựòóôõỏọụùúũủýợỮ" // 0xF0
