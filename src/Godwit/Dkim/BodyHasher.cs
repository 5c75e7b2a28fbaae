// The body hash of RFC 6376 section 3.7, fed piece by piece: canonical form (section 3.4.3 and 3.4.4) on the way into SHA-256, nothing kept.
// Owned by one computation, which disposes it. A lone CR or LF ends a line too: delivery makes a CRLF of it, and what is hashed is what goes out.

using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>The hash of a body in one canonical form.</summary>
/// <param name="Length">Octets of the canonical body: what <c>l=</c> says.</param>
internal readonly record struct BodyHash(byte[] Hash, long Length);

/// <summary>Hashes one body. Not thread safe.</summary>
internal sealed class BodyHasher(DkimCanonicalization form) : IDisposable
{
    /// <summary>Short runs are gathered: a call into the hash costs as much as hashing some hundred octets.</summary>
    private const int GatherOctets = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _gathered = new byte[GatherOctets];
    private int _gatheredLength;
    private long _length;
    private long _lineEnds;
    private bool _blank;
    private bool _cr;

    /// <summary>Octets of the canonical body that are hashed: what a verifier finds in <c>l=</c>. Without a limit, all.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>The next piece of the body; line ends may be cut anywhere.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        // 1 A CR that ended the piece before has ended a line; its LF belongs to it.
        if (_cr && !piece.IsEmpty)
        {
            _cr = false;
            piece = piece[0] == '\n' ? piece[1..] : piece;
        }

        // 2 Whole lines.
        while (piece.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end)
        {
            Line(piece[..end]);
            EndLine();
            bool cr = piece[end] == '\r';
            piece = piece[(end + 1)..];
            _cr = cr && piece.IsEmpty;
            piece = cr && piece is [(byte)'\n', ..] ? piece[1..] : piece;
        }

        // 3 The beginning of a line.
        Line(piece);
    }

    /// <summary>Ends the body.</summary>
    public BodyHash Finish()
    {
        // Section 3.4.3: empty lines at the end do not count, one line end always does. Section 3.4.4: an empty relaxed body is empty.
        if (form == DkimCanonicalization.Simple || _length > 0)
        {
            Write("\r\n"u8);
        }

        Flush();
        return new BodyHash(_hash.GetHashAndReset(), _length);
    }

    public void Dispose() => _hash.Dispose();

    private void EndLine()
    {
        // Blanks at the end of a relaxed line are gone.
        _blank = false;
        _lineEnds++;
    }

    /// <summary>A part of a line.</summary>
    private void Line(ReadOnlySpan<byte> part)
    {
        if (form == DkimCanonicalization.Simple)
        {
            Text(part);
            return;
        }

        // Section 3.4.4: blanks in a row are one space. Most lie alone, so a run goes on over a single space.
        while (!part.IsEmpty)
        {
            int run = RunLength(part);
            Text(part[..run]);
            part = part[run..];
            int blanks = part.IndexOfAnyExcept(" \t"u8);
            if (blanks != 0 && !part.IsEmpty)
            {
                _blank = true;
                part = blanks < 0 ? [] : part[blanks..];
            }
        }
    }

    /// <summary>Octets from the start that are canonical as they are: no tab, no two blanks in a row, no blank at the end.</summary>
    private static int RunLength(ReadOnlySpan<byte> part)
    {
        int at = 0;
        while (at < part.Length)
        {
            int blank = part[at..].IndexOfAny((byte)' ', (byte)'\t');
            if (blank < 0)
            {
                return part.Length;
            }

            blank += at;
            if (part[blank] == '\t' || blank + 1 == part.Length || part[blank + 1] is (byte)' ' or (byte)'\t' || blank == 0)
            {
                return blank;
            }

            at = blank + 1;
        }

        return part.Length;
    }

    /// <summary>Octets that belong to a line: what was held before them is now known to count.</summary>
    private void Text(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        for (; _lineEnds > 0; _lineEnds--)
        {
            Write("\r\n"u8);
        }

        if (_blank)
        {
            _blank = false;
            Write(" "u8);
        }

        Write(octets);
    }

    private void Write(ReadOnlySpan<byte> octets)
    {
        _length += octets.Length;
        if (_length > Limit)
        {
            octets = octets[..(int)Math.Clamp(Limit - (_length - octets.Length), 0, octets.Length)];
        }

        if (octets.Length > GatherOctets - _gatheredLength)
        {
            Flush();
        }

        if (octets.Length >= GatherOctets)
        {
            _hash.AppendData(octets);
            return;
        }

        octets.CopyTo(_gathered.AsSpan(_gatheredLength));
        _gatheredLength += octets.Length;
    }

    private void Flush()
    {
        _hash.AppendData(_gathered, 0, _gatheredLength);
        _gatheredLength = 0;
    }
}
