// What log-data writes: content as octets and as text, sixteen to a line, for whoever looks for a broken line end or character. Owned by one transfer,
// in or out. The value of X-DKIM-Key, which is a private key, is written over: no log shows it.

using System.Globalization;
using System.Text;

namespace Godwit.Diagnostics;

/// <summary>Lines of a hex dump, one call each.</summary>
/// <param name="line">Gets each line: offset, octets, text.</param>
public sealed class HexDump(Action<string> line)
{
    /// <summary>Octets of one message that are shown: its header and what a broken line is found in. A log line holds sixteen.</summary>
    public const int MaxOctets = 64 * 1024;

    private const int Row = 16;

    private readonly SecretFields _secrets = new();
    private int _offset;

    /// <summary>Shows a piece behind those before it. The first begins with the message's header.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        octets = octets[..Math.Min(octets.Length, MaxOctets - _offset)];
        if (!_secrets.IsPastHeader)
        {
            byte[] copy = octets.ToArray();
            _secrets.Hide(copy);
            octets = copy;
        }

        while (!octets.IsEmpty)
        {
            ReadOnlySpan<byte> row = octets[..Math.Min(Row, octets.Length)];
            line(Form(_offset, row));
            _offset += row.Length;
            octets = octets[row.Length..];
        }
    }

    private static string Form(int offset, ReadOnlySpan<byte> row)
    {
        var text = new StringBuilder(80);
        text.Append(offset.ToString("x6", CultureInfo.InvariantCulture)).Append(' ');
        for (int i = 0; i < Row; i++)
        {
            text.Append(i == Row / 2 ? "  " : " ").Append(i < row.Length ? row[i].ToString("x2", CultureInfo.InvariantCulture) : "  ");
        }

        text.Append("  ");
        foreach (byte octet in row)
        {
            text.Append(octet is >= 0x20 and < 0x7f ? (char)octet : '.');
        }

        return text.ToString();
    }
}
