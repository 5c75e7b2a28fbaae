// Content on its way into DATA: a line's first dot is doubled (RFC 5321 section 4.5.2), every line ends with CRLF and nothing else, the last line too.
// Stored content is canonical already, so nearly every octet goes out where it lies; this finds the few places where something must be put in.
// Owned by one connection's sender; Begin starts a message. State between two pieces is one octet: what went out last.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Godwit.Smtp;

/// <summary>Finds where DATA content needs an octet put in. Not thread safe.</summary>
public sealed class DotStuffing
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';
    private const byte Dot = (byte)'.';

    // Before the first octet stands the CRLF of the DATA command itself.
    private byte _previous = Lf;
    private Insert _insertion;

    private enum Insert : byte
    {
        Nothing,
        Dot,
        Cr,
        Lf,
        LfDot,
    }

    /// <summary>Starts a new message.</summary>
    public void Begin()
    {
        _previous = Lf;
        _insertion = Insert.Nothing;
    }

    /// <summary>What goes out behind the run that was found last; empty when nothing has to.</summary>
    public ReadOnlySpan<byte> Insertion => _insertion switch
    {
        Insert.Nothing => default,
        Insert.Dot => "."u8,
        Insert.Cr => "\r"u8,
        Insert.Lf => "\n"u8,
        _ => "\n."u8,
    };

    /// <summary>
    /// Returns how many octets at the head of <paramref name="octets"/> go out as they are, then <see cref="Insertion"/>. Call again with the rest.
    /// At least one octet or one insertion comes of every call.
    /// </summary>
    public int CleanRun(ReadOnlySpan<byte> octets)
    {
        _insertion = Insert.Nothing;
        if (octets.IsEmpty)
        {
            return 0;
        }

        int run = NeedsInsertion(_previous, octets[0], dots: true) ? 0 : IndexOfInsertion(octets, dots: true);
        byte before = run == 0 ? _previous : octets[run - 1];
        if (run == octets.Length)
        {
            _previous = before;
            return run;
        }

        // A bare LF gets its CR, a bare CR its LF: what we send is always canonical, whoever stored it (SMTP smuggling lives on the difference).
        _insertion = octets[run] == Lf ? Insert.Cr : before != Cr ? Insert.Dot : octets[run] == Dot ? Insert.LfDot : Insert.Lf;
        _previous = Insertion[^1];
        return run;
    }

    /// <summary>What ends the message: the CRLF that its last line may lack, then the lone dot.</summary>
    public ReadOnlySpan<byte> End() => _previous switch
    {
        Lf => ".\r\n"u8,
        Cr => "\n.\r\n"u8,
        _ => "\r\n.\r\n"u8,
    };

    /// <summary>Whether content may go out octet by octet in a BDAT chunk: every CR and LF belongs to a CRLF, and the last line is ended.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> content) =>
        content.EndsWith("\r\n"u8) && content[0] != Lf && IndexOfInsertion(content, dots: false) == content.Length;

    private static bool NeedsInsertion(byte before, byte octet, bool dots) => (before == Cr) != (octet == Lf) || (dots && before == Lf && octet == Dot);

    /// <summary>Index of the first octet, from the second on, that needs something put in front of it; the length when there is none.</summary>
    private static int IndexOfInsertion(ReadOnlySpan<byte> octets, bool dots)
    {
        int at = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Sixteen pairs (octet, next octet) at once: a CR without LF, an LF without CR, or a dot behind an LF.
            ref byte first = ref MemoryMarshal.GetReference(octets);
            for (; at + Vector128<byte>.Count < octets.Length; at += Vector128<byte>.Count)
            {
                Vector128<byte> here = Vector128.LoadUnsafe(ref first, (nuint)at);
                Vector128<byte> next = Vector128.LoadUnsafe(ref first, (nuint)at + 1);
                Vector128<byte> bare = Vector128.Equals(here, Vector128.Create(Cr)) ^ Vector128.Equals(next, Vector128.Create(Lf));
                Vector128<byte> lineDot = Vector128.Equals(here, Vector128.Create(Lf)) & Vector128.Equals(next, Vector128.Create(Dot));
                uint found = (dots ? bare | lineDot : bare).ExtractMostSignificantBits();
                if (found != 0)
                {
                    return at + BitOperations.TrailingZeroCount(found) + 1;
                }
            }
        }

        for (; at + 1 < octets.Length; at++)
        {
            if (NeedsInsertion(octets[at], octets[at + 1], dots))
            {
                return at + 1;
            }
        }

        return octets.Length;
    }
}
