// The fields of one line that accounting wrote: RFC 4180 without line ends inside fields, which CsvBuffer never writes.

namespace Godwit.Export;

/// <summary>Takes a line apart, field by field.</summary>
internal ref struct CsvFields
{
    private ReadOnlySpan<byte> _rest;
    private bool _isOver;

    /// <param name="line">With or without its line end.</param>
    public CsvFields(ReadOnlySpan<byte> line) => _rest = line.TrimEnd("\r\n"u8);

    /// <summary>The next field as it was before it was quoted.</summary>
    /// <param name="space">As long as the line: a quoted field is unfolded there.</param>
    public bool TryNext(Span<byte> space, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (_isOver)
        {
            return false;
        }

        if (_rest.StartsWith("\""u8))
        {
            field = Unquote(space);
        }
        else
        {
            int comma = _rest.IndexOf((byte)',');
            field = comma < 0 ? _rest : _rest[..comma];
            _rest = _rest[field.Length..];
        }

        _isOver = _rest.IsEmpty;
        _rest = _isOver ? default : _rest[1..];
        return true;
    }

    private ReadOnlySpan<byte> Unquote(Span<byte> space)
    {
        int length = 0;
        int at = 1;
        while (at < _rest.Length)
        {
            byte octet = _rest[at++];
            if (octet == '"')
            {
                if (at >= _rest.Length || _rest[at] != '"')
                {
                    break;
                }

                at++;
            }

            space[length++] = octet;
        }

        _rest = _rest[at..];
        return space[..length];
    }
}
