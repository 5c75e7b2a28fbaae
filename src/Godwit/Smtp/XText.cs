// The encodings of DSN parameters: xtext (RFC 3461 section 4) and its Unicode sister (RFC 6533 section 3). Pure.
// What is decoded ends up in headers and records, so it holds printable characters only, whatever was encoded.

using System.Globalization;
using System.Text;

namespace Godwit.Smtp;

/// <summary>Decodes xtext.</summary>
public static class XText
{
    /// <summary>Decodes <c>+2B</c> and the like. False for a broken escape, or when the result is not printable ASCII.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, out string decoded) => TryDecode(encoded, allowUtf8: false, out decoded);

    /// <param name="allowUtf8">The result may be UTF-8 too, as Postfix sends it behind <c>ORCPT=rfc822;</c> for addresses beyond ASCII.</param>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, bool allowUtf8, out string decoded)
    {
        decoded = "";
        byte[] octets = new byte[encoded.Length];
        int length = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            int value = encoded[i];
            if (value == '+')
            {
                if (i + 2 >= encoded.Length || !TryHex(encoded.Slice(i + 1, 2), out value))
                {
                    return false;
                }

                i += 2;
            }

            if (value < ' ' || value == 0x7F || (value > '~' && !allowUtf8))
            {
                return false;
            }

            octets[length++] = (byte)value;
        }

        if (!System.Text.Unicode.Utf8.IsValid(octets.AsSpan(0, length)))
        {
            return false;
        }

        decoded = Encoding.UTF8.GetString(octets, 0, length);
        return length > 0 && !HoldsControl(decoded);
    }

    /// <summary>Decodes <c>\x{e4}</c> and raw UTF-8. False for a broken escape, or when the result holds a control character.</summary>
    public static bool TryDecodeUtf8(ReadOnlySpan<byte> encoded, out string decoded)
    {
        decoded = "";
        if (!System.Text.Unicode.Utf8.IsValid(encoded))
        {
            return false;
        }

        var text = new StringBuilder(encoded.Length);
        while (!encoded.IsEmpty)
        {
            if (encoded.StartsWith("\\x{"u8))
            {
                int end = encoded.IndexOf((byte)'}');
                if (end is < 4 or > 9 || !TryHex(encoded[3..end], out int value) || !Rune.TryCreate(value, out Rune escaped))
                {
                    return false;
                }

                text.Append(escaped.ToString());
                encoded = encoded[(end + 1)..];
                continue;
            }

            Rune.DecodeFromUtf8(encoded, out Rune raw, out int length);
            text.Append(raw.ToString());
            encoded = encoded[length..];
        }

        decoded = text.ToString();
        return decoded.Length > 0 && !HoldsControl(decoded);
    }

    private static bool HoldsControl(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, out int value) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
