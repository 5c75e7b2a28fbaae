// What a notice gives back of the original: its header, or all of a small message. A large one is never read whole.

using System.Text;
using Godwit.Spool;

namespace Godwit.Disposition;

/// <summary>The returned piece of an original message. Immutable.</summary>
internal sealed record ReturnedContent(byte[] Octets, bool IsWhole)
{
    /// <summary>
    /// A message up to this size is returned whole where RET=FULL asks for it; a larger one by its header (RFC 3461 section 4.3 leaves that to us).
    /// </summary>
    public const int MaxWhole = 50 * 1024;

    /// <summary>A header longer than this is cut at the end of a line.</summary>
    public const int MaxHeader = 64 * 1024;

    public static readonly ReturnedContent Nothing = new([], IsWhole: false);

    public bool HasEightBit => Octets.AsSpan().ContainsAnyInRange<byte>(0x80, 0xff);

    /// <summary>The Message-ID with its brackets, for threading; empty when there is none worth repeating.</summary>
    public string MessageIdField => Encoding.Latin1.GetString(FieldValue("message-id"u8)) is ['<', .., '>'] id && id.Length < 500 && IsPlain(id) ? id : "";

    /// <param name="whole">The sender asks for all of it.</param>
    public static ReturnedContent Read(SpooledContent content, bool whole)
    {
        whole &= content.Length <= MaxWhole;
        int limit = whole ? MaxWhole : MaxHeader;
        var octets = new List<byte>((int)Math.Min(content.Length, limit));
        while (octets.Count < limit && content.TryReadNext(out ReadOnlyMemory<byte> piece))
        {
            octets.AddRange(piece.Span[..Math.Min(piece.Length, limit - octets.Count)]);
        }

        return Of([.. octets], whole);
    }

    /// <param name="octets">The beginning of the message, or all of it.</param>
    public static ReturnedContent Of(byte[] octets, bool whole)
    {
        if (whole)
        {
            return new ReturnedContent(octets, IsWhole: true);
        }

        int end = octets.AsSpan().IndexOf("\r\n\r\n"u8);
        int length = end >= 0 ? end + 2 : octets.AsSpan().LastIndexOf("\r\n"u8) + 2;
        return new ReturnedContent(length >= 2 ? octets[..length] : [], IsWhole: false);
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private ReadOnlySpan<byte> FieldValue(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = Octets;
        while (!rest.IsEmpty && !rest.StartsWith("\r\n"u8))
        {
            int end = rest.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            if (line.Length > name.Length && line[name.Length] == ':' && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[(name.Length + 1)..].Trim((byte)' ');
            }

            rest = end < 0 ? default : rest[(end + 2)..];
        }

        return default;
    }
}
