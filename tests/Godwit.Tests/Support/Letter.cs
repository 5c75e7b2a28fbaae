// A mail whose every octet follows from its id, so that whoever receives it can say whether it is whole.

using System.Text;

namespace Godwit.Tests.Support;

internal static class Letter
{
    private const string Mark = "X-Letter: ";

    /// <summary>A content of about <paramref name="octets"/>, lines ending in CRLF; some lines begin with dots.</summary>
    public static byte[] Write(string id, int octets)
    {
        var text = new StringBuilder(octets + 200);
        text.Append("From: <sender@sender.test>\r\nSubject: letter\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n");
        text.Append("Message-ID: <").Append(id).Append("@sender.test>\r\n").Append(Mark).Append(id).Append("\r\n\r\n");
        uint state = 2166136261;
        foreach (char c in id)
        {
            state = (state ^ c) * 16777619;
        }

        while (text.Length < octets)
        {
            state = (state * 1664525) + 1013904223;
            text.Append((state >> 16 & 7) switch { 0 => ".", 1 => "..", _ => "" });
            text.Append((char)('a' + (state >> 20) % 26), (int)(state >> 8 & 63)).Append(' ').Append(id).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The id that a content carries.</summary>
    public static string IdOf(ReadOnlySpan<byte> content)
    {
        int start = content.IndexOf("\r\nX-Letter: "u8);
        Assert.True(start >= 0, "a mail without an id");
        content = content[(start + 2 + Mark.Length)..];
        return Encoding.ASCII.GetString(content[..content.IndexOf("\r\n"u8)]);
    }

    /// <summary>What stood there before the relay put its Received field in front.</summary>
    public static ReadOnlySpan<byte> WithoutTrace(ReadOnlySpan<byte> content)
    {
        Assert.True(content.StartsWith("Received: "u8), "no Received field in front");
        do
        {
            content = content[(content.IndexOf("\r\n"u8) + 2)..];
        }
        while (content[0] is (byte)' ' or (byte)'\t');

        return content;
    }
}
