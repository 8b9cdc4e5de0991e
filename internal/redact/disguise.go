package redact

import (
	"strings"
	"unicode/utf8"
)

// unfold returns s with its characters as they are meant, and the offset in s of each of its bytes
// and of its end. It returns "" when nothing is written in another way. It undoes:
//
//   - percent-encoding, once or several times: %40, %2540
//   - escapes of JSON and of programming languages: @, \x40, and quotes that are escaped more
//     than once: \\\"
//   - the entities of HTML and XML for punctuation: &quot;
//   - letters, digits and punctuation in full width, letters of other alphabets that look like
//     Latin ones, other hyphens and spaces, and characters that can't be seen
func unfold(s string) (plain string, origins []int32) {
	var out []byte
	for i := 0; i < len(s); {
		width, char := 0, ""
		if is(s[i], disguise) {
			width, char = unfoldAt(s, i)
		}
		switch {
		case width == 0:
			if out != nil {
				out, origins = append(out, s[i]), append(origins, int32(i))
			}
			i++
			continue
		case out == nil:
			out = append(make([]byte, 0, len(s)), s[:i]...)
			origins = make([]int32, i, len(s)+1)
			for at := range origins {
				origins[at] = int32(at)
			}
		}
		for range len(char) {
			origins = append(origins, int32(i))
		}
		out = append(out, char...)
		i += width
	}
	if out == nil {
		return "", nil
	}
	return string(out), append(origins, int32(len(s)))
}

// unfoldAt returns the number of bytes at i that encode another text, and that text. It returns 0
// if they encode nothing.
func unfoldAt(s string, i int) (width int, char string) {
	switch b := s[i]; {
	case b == '%':
		return percentAt(s, i)
	case b == '\\':
		return escapeAt(s, i)
	case b == '&':
		for _, e := range entities {
			if strings.HasPrefix(s[i:], e.name) {
				return len(e.name), e.char
			}
		}
	case b >= utf8.RuneSelf:
		return runeAt(s, i)
	}
	return 0, ""
}

var entities = [...]struct{ name, char string }{
	{
		"&quot;", `"`,
	}, {"&#34;", `"`}, {"&apos;", "'"}, {"&#39;", "'"}, {"&amp;", "&"}, {"&lt;", "<"}, {
		"&gt;",
		">",
	}, {
		"&#64;", "@",
	},
}

// ascii is every printable character, to be cut from without an allocation.
const ascii = ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_` + "`abcdefghijklmnopqrstuvwxyz{|}~"

// printable returns a character as text, "" when it can't be printed.
func printable(b byte) string {
	if b < ' ' || b > '~' {
		return ""
	}
	return ascii[b-' ' : b-' '+1]
}

func percentAt(s string, i int) (width int, char string) {
	at := i + 1
	for strings.HasPrefix(s[at:], "25") && at+4 <= len(s) && hexByte(s[at+2:at+4]) >= 0 {
		at += 2 // %2540 is %40, encoded again
	}
	if at+2 > len(s) {
		return 0, ""
	}
	if b := hexByte(s[at : at+2]); b >= 0 {
		if char = printable(byte(b)); char != "" {
			return at + 2 - i, char
		}
	}
	return 0, ""
}

// hexByte returns the value of two hexadecimal digits, -1 when they aren't.
func hexByte(two string) int {
	value := 0
	for i := range 2 {
		switch b := lowered(two[i]); {
		case is(b, digit):
			value = value<<4 | int(b-'0')
		case is(b, hexadecimal):
			value = value<<4 | int(b-'a'+10)
		default:
			return -1
		}
	}
	return value
}

// maxEscapes bounds how many backslashes are taken together.
const maxEscapes = 16

func escapeAt(s string, i int) (width int, char string) {
	end := i
	for end < len(s) && end-i < maxEscapes && s[end] == '\\' {
		end++
	}
	rest, backslashes := s[end:], end-i
	switch {
	case rest == "":
	case backslashes >= 3 && backslashes%2 == 1 && (rest[0] == '"' || rest[0] == '\''):
		return backslashes, `\` // the quote follows
	case len(rest) >= 5 && strings.HasPrefix(rest, "u00"):
		if b := hexByte(rest[3:5]); b >= 0 && b < utf8.RuneSelf {
			return backslashes + 5, printable(byte(b))
		}
	case len(rest) >= 3 && rest[0] == 'x':
		if b := hexByte(rest[1:3]); b >= 0 && b < utf8.RuneSelf {
			return backslashes + 3, printable(byte(b))
		}
	}
	return 0, ""
}

// lookalikes are letters that look like the Latin ones of the same position in latin.
const (
	lookalikes = "авеіјкмнорѕтухзԁһԛԝАВЕІЈКМНОРЅТУХαβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧıɡ"
	latin      = "abeijkmhopstyx3dhqwABEIJKMHOPSTYXabeikvoptuxABEZHIKMNOPTYXig"
)

var lookalike = func() map[rune]string {
	m := make(map[rune]string)
	i := 0
	for _, r := range lookalikes {
		m[r] = latin[i : i+1]
		i++
	}
	return m
}()

func runeAt(s string, i int) (width int, char string) {
	r, width := utf8.DecodeRuneInString(s[i:])
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return width, printable(byte(r - 0xFF01 + '!'))
	case r == 0xA0, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return width, " "
	case r >= 0x2010 && r <= 0x2015, r == 0x2212:
		return width, "-"
	case r == 0xAD, r >= 0x200B && r <= 0x200F, r >= 0x2060 && r <= 0x2064, r == 0xFEFF, r >= 0x202A && r <= 0x202E:
		return width, "" // not visible
	case r >= 0x0660 && r <= 0x0669: // Arabic digits
		return width, printable(byte(r - 0x0660 + '0'))
	case r >= 0x06F0 && r <= 0x06F9:
		return width, printable(byte(r - 0x06F0 + '0'))
	}
	if char, ok := lookalike[r]; ok {
		return width, char
	}
	return 0, ""
}
