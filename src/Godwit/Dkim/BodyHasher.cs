// The body hash of RFC 6376 section 3.7, fed piece by piece: canonical form (section 3.4.3 and 3.4.4) on the way into SHA-256, nothing kept.
// Owned by one computation, which disposes it. Only CRLF ends a line; a lone CR or LF is an octet like any other.

using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Hashes one body. Not thread safe.</summary>
internal sealed class BodyHasher(DkimCanonicalization form, long limit = long.MaxValue) : IDisposable
{
    /// <summary>SHA-256.</summary>
    public const int HashOctets = 32;

    /// <summary>Short runs are gathered: a call into the hash costs as much as hashing some hundred octets.</summary>
    private const int GatherOctets = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _gathered = new byte[GatherOctets];
    private int _gatheredLength;
    private long _lineEnds;
    private bool _blank;
    private bool _cr;
    private long _hashed;

    /// <summary>Octets of the canonical body: what <c>l=</c> says. Complete behind <see cref="Finish"/>.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the canonical body is at least as long as the limit that was set.</summary>
    public bool ReachesLimit => Length >= limit;

    /// <summary>The next piece of the body; line ends may be cut anywhere.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        // 1 A CR that ended the piece before is half a line end, or an octet.
        if (_cr && !piece.IsEmpty)
        {
            _cr = false;
            if (piece[0] == '\n')
            {
                piece = piece[1..];
                EndLine();
            }
            else
            {
                Text("\r"u8);
            }
        }

        // 2 Whole lines.
        while (piece.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            Line(piece[..end]);
            EndLine();
            piece = piece[(end + 2)..];
        }

        // 3 The beginning of a line.
        if (piece is [.., (byte)'\r'])
        {
            _cr = true;
            piece = piece[..^1];
        }

        Line(piece);
    }

    /// <summary>Ends the body.</summary>
    /// <param name="hash">Gets <see cref="HashOctets"/> octets.</param>
    public void Finish(Span<byte> hash)
    {
        if (_cr)
        {
            _cr = false;
            Text("\r"u8);
        }

        // Section 3.4.3: empty lines at the end do not count, one line end always does. Section 3.4.4: an empty relaxed body is empty.
        if (form == DkimCanonicalization.Simple || Length > 0)
        {
            Write("\r\n"u8);
        }

        Flush();
        _hash.GetHashAndReset(hash);
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
        Length += octets.Length;
        long room = limit - _hashed;
        if (room < octets.Length)
        {
            octets = octets[..(int)room];
        }

        _hashed += octets.Length;
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
