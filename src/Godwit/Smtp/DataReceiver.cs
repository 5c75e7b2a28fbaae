// The octets behind DATA: finds the end, takes the doubled dots out, and judges the line ends. One walk over the receive buffer, copying whole runs.
// Owned by one session; knows nothing of sockets or messages. The end is CRLF.CRLF and nothing else (RFC 5321 section 4.1.1.4), however TCP splits it,
// and at once for an empty content. What only looks like an end to a laxer reader is called ambiguous: the caller must close the connection,
// because one side's message could be the other side's commands.

namespace Godwit.Smtp;

/// <summary>What is wrong with a content's octets.</summary>
public enum OctetFault : byte
{
    None,

    /// <summary>NUL (RFC 5322 section 4.1 forbids it).</summary>
    Nul,

    /// <summary>A CR or an LF that stands alone.</summary>
    BareLineEnd,
}

/// <summary>How far the content has come.</summary>
public enum DataStatus : byte
{
    More,

    /// <summary>The end was read; what is buffered behind it are commands.</summary>
    Complete,

    /// <summary>A dot alone between line ends of which at least one is not CRLF.</summary>
    Ambiguous,
}

/// <summary>Reads one content after another.</summary>
public sealed class DataReceiver
{
    private State _state;
    private bool _discarding;

    private enum State : byte
    {
        LineStart,
        InLine,
        Cr,
        Dot,
        DotCr,

        /// <summary>Behind a bare CR or LF: a line start for a laxer reader.</summary>
        FalseStart,
        FalseDot,
    }

    /// <summary>The worst fault so far. Nothing is written any more once there is one.</summary>
    public OctetFault Fault { get; private set; }

    /// <summary>Whether octets are still written; otherwise the output may be empty.</summary>
    public bool Keeps => !_discarding && Fault == OctetFault.None;

    /// <summary>Begins a content.</summary>
    public void Begin()
    {
        _state = State.LineStart;
        _discarding = false;
        Fault = OctetFault.None;
    }

    /// <summary>From now on only the end is looked for.</summary>
    public void Discard() => _discarding = true;

    /// <summary>
    /// Reads input until it ends, the output is full, or the content ends. Never writes more than it consumes.
    /// With <see cref="DataStatus.Ambiguous"/> the counts mean nothing.
    /// </summary>
    public DataStatus Receive(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        if (Keeps && input.Length > output.Length)
        {
            input = input[..output.Length];
        }

        int position = 0;
        int run = 0;
        written = 0;
        while (position < input.Length)
        {
            byte octet = input[position];
            switch (_state)
            {
                case State.InLine:
                    position = ReadLine(input, position);
                    break;

                case State.LineStart when octet == '.':
                    // RFC 5321 section 4.5.2: a dot at the start of a line is the end's, or a doubled one's first. Either way it is not content.
                    written += Keep(input[run..position], output[written..]);
                    run = ++position;
                    _state = State.Dot;
                    break;

                case State.FalseStart when octet == '.':
                    position++;
                    _state = State.FalseDot;
                    break;

                case State.Cr when octet == '\n':
                    position++;
                    _state = State.LineStart;
                    break;

                case State.Cr:
                    Fault = OctetFault.BareLineEnd;
                    _state = State.FalseStart;
                    break;

                case State.Dot when octet == '\r':
                    run = ++position;
                    _state = State.DotCr;
                    break;

                case State.DotCr when octet == '\n':
                    consumed = position + 1;
                    return DataStatus.Complete;

                case State.Dot when octet == '\n':
                case State.DotCr:
                case State.FalseDot when octet is (byte)'\r' or (byte)'\n':
                    Fault = OctetFault.BareLineEnd;
                    consumed = position;
                    return DataStatus.Ambiguous;

                default:
                    _state = State.InLine;
                    break;
            }
        }

        written += Keep(input[run..], output[written..]);
        consumed = position;
        return DataStatus.More;
    }

    /// <summary>Walks over octets and whole line ends; stops where the next octet needs another state.</summary>
    private int ReadLine(ReadOnlySpan<byte> input, int position)
    {
        while (true)
        {
            int found = input[position..].IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            if (found < 0)
            {
                return input.Length;
            }

            position += found;

            // The usual case: CRLF and a line that does not start with a dot.
            if (position + 2 < input.Length && input[position] == '\r' && input[position + 1] == '\n' && input[position + 2] != '.')
            {
                position += 2;
                continue;
            }

            switch (input[position])
            {
                case (byte)'\r':
                    _state = State.Cr;
                    return position + 1;
                case (byte)'\n':
                    Fault = OctetFault.BareLineEnd;
                    _state = State.FalseStart;
                    return position + 1;
                default:
                    Fault = Fault == OctetFault.None ? OctetFault.Nul : Fault;
                    position++;
                    break;
            }
        }
    }

    private int Keep(ReadOnlySpan<byte> octets, Span<byte> output)
    {
        if (!Keeps)
        {
            return 0;
        }

        octets.CopyTo(output);
        return octets.Length;
    }
}
