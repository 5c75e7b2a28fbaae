using System.Text;

namespace Godwit.Sasl;

/// <summary>Names in messages: UTF-8 without control characters.</summary>
internal static class SaslText
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a name; false when it is empty, no UTF-8, or holds control characters.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out string text)
    {
        text = "";
        if (octets.IsEmpty || octets.ContainsAnyInRange((byte)0, (byte)0x1f) || octets.Contains((byte)0x7f) || !System.Text.Unicode.Utf8.IsValid(octets))
        {
            return false;
        }

        text = _strict.GetString(octets);
        return true;
    }
}
