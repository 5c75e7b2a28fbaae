// Writes stars over what no log may show of a message's header: the value of X-DKIM-Key, a private key that a client has sent along and that
// retain-x-dkim-key leaves in the message. Content comes in pieces, which may end inside a name or a value. Owned by whoever shows one message.
// A header that is none (no field where one is due) is gone on with to its empty line: rather a line of text under stars than a key in the log.

namespace Godwit.Diagnostics;

/// <summary>Hides secrets in content that is to be shown. Not thread safe.</summary>
internal sealed class SecretFields
{
    private int _lineLength;
    private bool _isBehindCarriageReturn;
    private bool _isSecret;

    /// <summary>Octets of the name that the line has had so far; negative when it cannot be that field any more.</summary>
    private int _matched;

    /// <summary>The empty line is behind us: what follows is text.</summary>
    public bool IsPastHeader { get; private set; }

    private static ReadOnlySpan<byte> Name => "x-dkim-key"u8;

    /// <summary>Goes on with the next piece of the message, and changes it. Line ends stay.</summary>
    public void Hide(Span<byte> piece)
    {
        for (int i = 0; i < piece.Length && !IsPastHeader; i++)
        {
            byte octet = piece[i];
            if (octet == '\n' && _isBehindCarriageReturn)
            {
                IsPastHeader = _lineLength == 0;
                _lineLength = 0;
            }
            else if (octet != '\r')
            {
                piece[i] = Reads(octet) ? (byte)'*' : octet;
                _lineLength++;
            }

            _isBehindCarriageReturn = octet == '\r';
        }
    }

    /// <summary>Takes the next octet of a line; true when it is part of a secret.</summary>
    private bool Reads(byte octet)
    {
        if (_lineLength == 0)
        {
            // A line that begins with a blank goes on with the field before it (RFC 5322 section 2.2.3).
            bool goesOn = octet is (byte)' ' or (byte)'\t';
            _isSecret &= goesOn;
            _matched = goesOn ? -1 : 0;
        }

        if (_isSecret || _matched < 0)
        {
            return _isSecret;
        }

        if (_matched == Name.Length)
        {
            // Blanks before the colon are forgiven (RFC 5322 section 4.5).
            _isSecret = octet == ':';
            _matched = octet is (byte)' ' or (byte)'\t' ? _matched : -1;
        }
        else
        {
            _matched = (octet | 0x20) == (Name[_matched] | 0x20) ? _matched + 1 : -1;
        }

        return false;
    }
}
