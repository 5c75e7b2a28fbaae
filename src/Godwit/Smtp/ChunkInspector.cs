// Judges the line ends of content that comes in counted chunks (BDAT), across their borders. Owned by one transaction.
// Chunks have no end mark to confuse, but what is sent on by DATA has one: the same octets are refused on both ways in.

namespace Godwit.Smtp;

/// <summary>Looks for bare CR, bare LF and NUL.</summary>
public sealed class ChunkInspector
{
    private bool _afterCr;

    /// <summary>The worst fault so far.</summary>
    public OctetFault Fault { get; private set; }

    /// <summary>Whether the last line is ended by CRLF, or there is no line yet.</summary>
    public bool AtLineStart { get; private set; } = true;

    public void Begin()
    {
        _afterCr = false;
        Fault = OctetFault.None;
        AtLineStart = true;
    }

    public void Inspect(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        int position = 0;
        if (_afterCr)
        {
            _afterCr = false;
            position = Expect(octets[0] == '\n') ? 1 : 0;
        }

        while (position < octets.Length && octets[position..].IndexOfAny((byte)'\r', (byte)'\n', (byte)0) is >= 0 and var found)
        {
            position += found;
            switch (octets[position++])
            {
                case (byte)'\r' when position == octets.Length:
                    _afterCr = true;
                    break;
                case (byte)'\r':
                    position += Expect(octets[position] == '\n') ? 1 : 0;
                    break;
                case (byte)'\n':
                    Expect(false);
                    break;
                default:
                    Fault = Fault == OctetFault.None ? OctetFault.Nul : Fault;
                    break;
            }
        }

        AtLineStart = octets[^1] == '\n';
    }

    /// <summary>Call behind the last chunk: a CR at the very end stands alone too.</summary>
    public void Complete() => Expect(!_afterCr);

    private bool Expect(bool whole)
    {
        if (!whole)
        {
            Fault = OctetFault.BareLineEnd;
        }

        return whole;
    }
}
