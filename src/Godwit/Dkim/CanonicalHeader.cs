// Header fields in the canonical form of RFC 6376 section 3.4.1 and 3.4.2. Static; writes into the caller's buffer.

using System.Buffers;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Canonical header fields.</summary>
internal static class CanonicalHeader
{
    /// <summary>Writes one field with its line end.</summary>
    /// <param name="field">As it stands in the message, from its name to its last line end; that may be missing.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> field, DkimCanonicalization form)
    {
        if (form == DkimCanonicalization.Simple)
        {
            output.Write(field);
            if (!field.EndsWith("\r\n"u8))
            {
                output.Write("\r\n"u8);
            }
        }
        else
        {
            WriteRelaxed(output, field, "\r\n"u8);
        }
    }

    /// <summary>Writes the signature field itself, which ends without a line end (section 3.7).</summary>
    public static void WriteLast(IBufferWriter<byte> output, ReadOnlySpan<byte> field, DkimCanonicalization form)
    {
        ReadOnlySpan<byte> bare = field.EndsWith("\r\n"u8) ? field[..^2] : field;
        if (form == DkimCanonicalization.Simple)
        {
            output.Write(bare);
        }
        else
        {
            WriteRelaxed(output, bare, []);
        }
    }

    /// <summary>Name in lower case, unfolded, blanks in a row one space, none at either end of the value or around the colon.</summary>
    private static void WriteRelaxed(IBufferWriter<byte> output, ReadOnlySpan<byte> field, ReadOnlySpan<byte> end)
    {
        // The canonical form is never longer than the field, but for a line end that was missing.
        Span<byte> to = output.GetSpan(field.Length + end.Length);
        int colon = Math.Max(field.IndexOf((byte)':'), 0);
        int written = 0;
        foreach (byte octet in field[..colon].TrimEnd(" \t"u8))
        {
            to[written++] = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
        }

        to[written++] = (byte)':';
        ReadOnlySpan<byte> value = field[Math.Min(colon + 1, field.Length)..];
        bool blank = false;
        bool any = false;
        for (int i = 0; i < value.Length; i++)
        {
            byte octet = value[i];
            if (octet == '\r' && i + 1 < value.Length && value[i + 1] == '\n')
            {
                i++;
                continue;
            }

            if (octet is (byte)' ' or (byte)'\t')
            {
                blank = any;
                continue;
            }

            if (blank)
            {
                to[written++] = (byte)' ';
                blank = false;
            }

            to[written++] = octet;
            any = true;
        }

        end.CopyTo(to[written..]);
        output.Advance(written + end.Length);
    }
}
