// The header fields of one message that some accounting file has a column for. Immutable; made once a message, shared by the records of its recipients.

using System.Text;
using Godwit.Mail;

namespace Godwit.Accounting;

/// <summary>Values of header fields by name.</summary>
public sealed class RecordedHeader
{
    private readonly IReadOnlyList<string> _names;
    private readonly string?[] _values;

    private RecordedHeader(IReadOnlyList<string> names, string?[] values) => (_names, _values) = (names, values);

    /// <summary>Looks for fields in a header; of several with one name the first counts.</summary>
    /// <param name="header">The header fields of a message, without the empty line.</param>
    /// <param name="names">Names as the configuration writes them; case does not matter.</param>
    public static RecordedHeader Read(ReadOnlySpan<byte> header, IReadOnlyList<string> names)
    {
        var values = new string?[names.Count];
        var block = new HeaderBlock(header);
        int position = 0;
        while (block.TryNext(position, out HeaderField field))
        {
            position = field.End;
            ReadOnlySpan<byte> name = header.Slice(field.Start, field.NameLength).TrimEnd(" \t"u8);
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] is null && Ascii.EqualsIgnoreCase(name, names[i]))
                {
                    values[i] = Unfold(block.Value(field));
                }
            }
        }

        return new RecordedHeader(names, values);
    }

    /// <summary>The field's value on one line, as it was written otherwise; null when the message has no such field.</summary>
    public string? Find(string name)
    {
        for (int i = 0; i < _names.Count; i++)
        {
            if (_names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return _values[i];
            }
        }

        return null;
    }

    /// <summary>RFC 5322 section 2.2.3: the line ends go, the blanks behind them stay.</summary>
    private static string Unfold(ReadOnlySpan<byte> value)
    {
        string text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, CsvBuffer.MaxField)]);
        return text.Replace("\r\n", "", StringComparison.Ordinal);
    }
}
