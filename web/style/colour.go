package style

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// colour is an sRGB colour, each part 0…1.
type colour struct{ r, g, b float64 }

// parseColour reads "#rrggbb".
func parseColour(s string) (colour, error) {
	digits, ok := strings.CutPrefix(s, "#")
	n, err := strconv.ParseUint(digits, 16, 32)
	if !ok || len(digits) != 6 || err != nil {
		return colour{}, fmt.Errorf("colour %q is not #rrggbb", s)
	}
	return colour{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, nil
}

func (c colour) String() string {
	part := func(x float64) int { return int(math.Round(math.Min(math.Max(x, 0), 1) * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(c.r), part(c.g), part(c.b))
}

// over is c laid on ground with an opacity of 0…1, as a map draws it.
func (c colour) over(ground colour, opacity float64) colour {
	mix := func(a, b float64) float64 { return a*opacity + b*(1-opacity) }
	return colour{mix(c.r, ground.r), mix(c.g, ground.g), mix(c.b, ground.b)}
}

// tone is how a theme softens the colours of land use: chroma is what share of
// their colourfulness is left, less the more of it there is, so that the official
// greens and magentas do not drown the rest; black to white is drawn as darkest to
// lightest.
type tone struct{ chroma, darkest, lightest float64 }

// knee is the chroma, in Oklab, of which only half as large a share is left.
const knee = 0.12

// soften keeps a colour's hue and changes its lightness and chroma in Oklab
// (Björn Ottosson, "A perceptual color space for image processing", 2020).
func (t tone) soften(c colour) colour {
	r, g, b := linear(c.r), linear(c.g), linear(c.b)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	light := 0.2104542553*l + 0.7936177850*m - 0.0040720468*s
	x := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	y := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	left := t.chroma / (1 + math.Hypot(x, y)/knee)
	x, y = x*left, y*left
	light = t.darkest + (t.lightest-t.darkest)*light
	l = math.Pow(light+0.3963377774*x+0.2158037573*y, 3)
	m = math.Pow(light-0.1055613458*x-0.0638541728*y, 3)
	s = math.Pow(light-0.0894841775*x-1.2914855480*y, 3)
	return colour{
		gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
	}
}

// linear and gamma are the transfer function of sRGB (IEC 61966-2-1) and its
// inverse.
func linear(x float64) float64 {
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func gamma(x float64) float64 {
	if x <= 0.0031308 {
		return 12.92 * math.Max(x, 0)
	}
	return 1.055*math.Pow(x, 1/2.4) - 0.055
}
