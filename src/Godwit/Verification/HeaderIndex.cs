// The fields of one received header by name, from the last to the first: h= takes them in that order (RFC 6376 section 5.4.2). Made once a message
// and then only read; without it, names times fields would be an attacker's to choose.

using System.Text;
using Godwit.Mail;

namespace Godwit.Verification;

/// <summary>Finds fields.</summary>
internal sealed class HeaderIndex
{
    private readonly Dictionary<string, List<HeaderField>> _fields = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="header">The header block, without the empty line behind it; it stays as it is while this is used.</param>
    public HeaderIndex(ReadOnlyMemory<byte> header)
    {
        Header = header;
        var block = new HeaderBlock(header.Span);
        for (int position = 0; block.TryNext(position, out HeaderField field); position = field.End)
        {
            string name = Encoding.Latin1.GetString(block.Octets.Slice(field.Start, field.NameLength).TrimEnd(" \t"u8));
            if (!_fields.TryGetValue(name, out List<HeaderField>? same))
            {
                _fields[name] = same = new List<HeaderField>(1);
            }

            same.Add(field);
        }
    }

    public ReadOnlyMemory<byte> Header { get; }

    /// <summary>Fields of that name in the order of the message.</summary>
    public IReadOnlyList<HeaderField> Named(string name) => _fields.TryGetValue(name, out List<HeaderField>? fields) ? fields : [];

    public ReadOnlySpan<byte> Octets(HeaderField field) => Header.Span.Slice(field.Start, field.Length);

    /// <summary>What h= means: for each name the last of the fields that it has not taken yet. Names without one mean nothing there.</summary>
    public List<HeaderField> Select(IReadOnlyList<string> names)
    {
        var selected = new List<HeaderField>(names.Count);
        var taken = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in names)
        {
            IReadOnlyList<HeaderField> fields = Named(name);
            int before = taken.GetValueOrDefault(name);
            if (before < fields.Count)
            {
                selected.Add(fields[fields.Count - 1 - before]);
                taken[name] = before + 1;
            }
        }

        return selected;
    }
}
