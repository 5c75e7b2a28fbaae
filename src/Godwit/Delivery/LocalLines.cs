// A message on its way to a file or a program: CRLF becomes LF, as everything on this system expects, and in a mailbox a line that could be taken for the
// beginning of the next message gets a > before it. State lives between pieces, so nothing depends on where a content is cut.

using System.Buffers;

namespace Godwit.Delivery;

/// <summary>Turns the octets of one message. Not thread safe.</summary>
/// <param name="quotesFrom">
/// A line of any number of <c>&gt;</c> and "From " gets one <c>&gt;</c> more, so a reader that takes one away has the message as it was.
/// </param>
/// <param name="keepsLineEnds">The content is binary (RFC 3030): its CR and LF are no line ends.</param>
internal sealed class LocalLines(bool quotesFrom, bool keepsLineEnds)
{
    private readonly ArrayBufferWriter<byte> _out = new();
    private bool _carriageReturn;
    private bool _atStart = true;
    private int _brackets;
    private int _matched;

    private static ReadOnlySpan<byte> From => "From "u8;

    /// <summary>Whether what was given out ends with a line end, or is nothing.</summary>
    public bool EndsLine { get; private set; } = true;

    /// <summary>What a piece becomes; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Turn(ReadOnlySpan<byte> piece)
    {
        _out.ResetWrittenCount();
        foreach (byte octet in piece)
        {
            if (keepsLineEnds)
            {
                Line(octet);
                continue;
            }

            if (_carriageReturn)
            {
                _carriageReturn = false;
                if (octet != '\n')
                {
                    Line((byte)'\r');
                }
            }

            if (octet == '\r')
            {
                _carriageReturn = true;
            }
            else
            {
                Line(octet);
            }
        }

        return _out.WrittenMemory;
    }

    /// <summary>What is left behind the last piece.</summary>
    public ReadOnlyMemory<byte> End()
    {
        _out.ResetWrittenCount();
        if (_carriageReturn)
        {
            Line((byte)'\r');
        }

        Release();
        return _out.WrittenMemory;
    }

    /// <summary>One octet with its line end decided. What may become "From " is held until it has, or has not.</summary>
    private void Line(byte octet)
    {
        if (!quotesFrom)
        {
            Put(octet);
            return;
        }

        if (_atStart)
        {
            if (octet == '>' && _matched == 0)
            {
                _brackets++;
                return;
            }

            if (octet == From[_matched])
            {
                if (++_matched < From.Length)
                {
                    return;
                }

                Put((byte)'>');
                Release();
                _atStart = false;
                return;
            }

            Release();
            _atStart = false;
        }

        Put(octet);
        _atStart = octet == '\n';
    }

    private void Release()
    {
        for (; _brackets > 0; _brackets--)
        {
            Put((byte)'>');
        }

        for (int i = 0; i < _matched; i++)
        {
            Put(From[i]);
        }

        _matched = 0;
    }

    private void Put(byte octet)
    {
        _out.GetSpan(1)[0] = octet;
        _out.Advance(1);
        EndsLine = octet == '\n';
    }
}
