// Names, strings, lists, paths, macros, and the lines of lists.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>The value of <c>domain-macro</c>: items as written, other macros not yet put in.</summary>
internal sealed record MacroValue(string Name, IReadOnlyList<string> Items);

/// <summary>The value of <c>record-fields</c>: columns for some record types.</summary>
internal sealed record RecordFieldsValue(IReadOnlyList<string> Types, IReadOnlyList<string> Fields);

internal static partial class ValueParsers
{
    private static readonly (string Short, string Long)[] _recordTypes =
    [
        ("d", "delivery"), ("b", "bounce"), ("t", "transient"), ("tq", "transient-queue"), ("r", "receipt"),
        ("rb", "remote-bounce"), ("rs", "remote-status"), ("f", "feedback-loop"),
    ];

    /// <summary>Anything; quotes are taken off.</summary>
    public static ValueForm<string> Text { get; } = new("a text", TryText, Quoting.Quote);

    /// <summary>Anything, quotes and backslashes included.</summary>
    public static ValueForm<string> RawText { get; } = new("a text", TryText) { Quotes = QuoteUse.Raw };

    /// <summary>One word: the name of a virtual MTA, source, list.</summary>
    public static ValueForm<string> Name { get; } = new(
        "a name",
        (text, reading, out value) =>
        {
            value = text;
            return !text.Any(char.IsWhiteSpace) || reading.Fail($"{Show(text)} has blanks; one name is expected", text.IndexOfAny([' ', '\t']));
        },
        v => v.Length == 0 ? "\"\"" : v);

    public static ValueForm<IReadOnlyList<string>> Names { get; } = new(
        "names, comma separated", TryNames, v => v.Count == 0 ? "\"\"" : string.Join(',', v)) { Quotes = QuoteUse.Raw };

    /// <summary>Header field names (RFC 5322 section 2.2: printable ASCII without a colon).</summary>
    public static ValueForm<IReadOnlyList<string>> HeaderNames { get; } = new(
        "header names, comma separated",
        (text, reading, out value) =>
        {
            if (!TryNames(text, reading, out value))
            {
                return false;
            }

            string? wrong = value.FirstOrDefault(name => !name.All(c => c is > ' ' and < '\x7f' and not ':'));
            return wrong is null
            || reading.Fail($"{Show(wrong)} is not a header name; write it without a colon", text.IndexOf(wrong, StringComparison.Ordinal));
        },
        v => v.Count == 0 ? "\"\"" : string.Join(',', v)) { Quotes = QuoteUse.Raw };

    public static ValueForm<IReadOnlyList<string>> Emails { get; } = new(
        "e-mail addresses, comma separated",
        (text, reading, out value) =>
        {
            if (!TryNames(text, reading, out value))
            {
                return false;
            }

            string? wrong = value.FirstOrDefault(item => !EmailAddress.TryParse(item, out _));
            return wrong is null
            || reading.Fail($"{Show(wrong)} is not an e-mail address", text.IndexOf(wrong, StringComparison.Ordinal));
        },
        v => string.Join(',', v)) { Quotes = QuoteUse.Raw };

    /// <summary>A file or directory; a relative one starts at the main configuration file's directory.</summary>
    public static ValueForm<string> FilePath { get; } = new(
        "a path",
        (text, reading, out value) =>
        {
            value = Path.GetFullPath(text, reading.BaseDirectory);
            return true;
        },
        Quoting.Quote);

    /// <summary>Short names of accounting record types; the long ones are accepted.</summary>
    public static ValueForm<IReadOnlyList<string>> RecordTypes { get; } = new(
        "record types: d, b, t, tq, r, rb, rs, f", TryRecordTypes, v => string.Join(',', v));

    public static ValueForm<RecordFieldsValue> RecordFields { get; } = new("a record type and a list of fields", TryRecordFields) { Quotes = QuoteUse.Raw };

    public static ValueForm<MacroValue> Macro { get; } = new("a name and a list of domains", TryMacro) { Quotes = QuoteUse.Raw };

    /// <summary><c>/pattern/</c> and what follows.</summary>
    public static ValueForm<string> PatternLine { get; } = new(
        "/pattern/ and what it means",
        (text, reading, out value) =>
        {
            value = text;
            int end = EndOfPattern(text);
            return end > 0 ? end < text.Length || reading.Fail("nothing stands behind the pattern", text.Length)
                : reading.Fail(end < 0
                ? "the pattern is never closed by / (a # starts a comment also inside a pattern; write \\x23)"
                : $"{Show(text)} does not start with /");
        }) { Quotes = QuoteUse.Raw };

    /// <summary>Finds the end of <c>/pattern/</c>: behind its closing slash; 0 when no pattern starts the text, -1 when it is not closed.</summary>
    private static int EndOfPattern(string text)
    {
        if (text is not ['/', ..])
        {
            return 0;
        }

        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '/')
            {
                return i + 1;
            }
        }

        return -1;
    }

    private static bool TryText(string text, ValueReading reading, out string value)
    {
        value = text;
        return true;
    }

    private static bool TryNames(string text, ValueReading reading, out IReadOnlyList<string> value)
    {
        List<(string Item, int Offset)> items = Quoting.SplitItems(text, ',');
        value = items.ConvertAll(i => i.Item);
        int empty = items.FindIndex(i => i.Item.Length == 0);
        return empty < 0 || reading.Fail("an entry of the list is empty", items[empty].Offset);
    }

    private static bool TryRecordTypes(string text, ValueReading reading, out IReadOnlyList<string> value)
    {
        var types = new List<string>();
        value = types;
        foreach ((string item, int offset) in Quoting.SplitItems(text, ','))
        {
            int index = Array.FindIndex(_recordTypes, t => Matches(t.Short, item) || Matches(t.Long, item));
            if (index < 0)
            {
                return reading.Fail($"{Show(item)} is not a record type; they are {string.Join(", ", _recordTypes.Select(t => t.Short))}", offset);
            }

            if (!types.Contains(_recordTypes[index].Short))
            {
                types.Add(_recordTypes[index].Short);
            }
        }

        return true;
    }

    private static bool TryRecordFields(string text, ValueReading reading, out RecordFieldsValue value)
    {
        value = null!;
        int blank = text.AsSpan().IndexOfAny(' ', '\t');
        if (blank < 0)
        {
            return reading.Fail("a list of fields is missing behind the record type", text.Length);
        }

        int rest = blank + (text.Length - blank - text.AsSpan(blank).TrimStart().Length);
        if (!TryRecordTypes(text[..blank], reading, out IReadOnlyList<string> types))
        {
            return false;
        }

        if (!TryNames(text[rest..], reading, out IReadOnlyList<string> fields))
        {
            return reading.Fail(reading.Fault, rest + reading.FaultOffset);
        }

        value = new RecordFieldsValue(types, fields);
        return true;
    }

    private static bool TryMacro(string text, ValueReading reading, out MacroValue value)
    {
        value = null!;
        int blank = text.AsSpan().IndexOfAny(' ', '\t');
        string name = blank < 0 ? text : text[..blank];
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            return reading.Fail($"{Show(name)} is not a macro name; letters, digits and _ may be used");
        }

        if (blank < 0)
        {
            return reading.Fail("the list of domains is missing; it stands on the same line", text.Length);
        }

        int rest = text.Length - text.AsSpan(blank).TrimStart().Length;
        if (!TryNames(text[rest..], reading, out IReadOnlyList<string> items))
        {
            return reading.Fail(reading.Fault, rest + reading.FaultOffset);
        }

        value = new MacroValue(name, items);
        return true;
    }

    private static bool Matches(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
