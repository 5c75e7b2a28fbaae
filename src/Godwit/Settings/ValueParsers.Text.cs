// Names, strings, lists, paths, macros, and the lines of lists.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>The value of <c>domain-macro</c>: items as written, other macros not yet put in.</summary>
internal sealed record MacroValue(string Name, IReadOnlyList<string> Items);

/// <summary>The value of <c>record-fields</c>: columns for some record types.</summary>
/// <param name="Offsets">Where each field stands in the value.</param>
internal sealed record RecordFieldsValue(IReadOnlyList<string> Types, IReadOnlyList<string> Fields, IReadOnlyList<int> Offsets);

internal static partial class ValueParsers
{
    private static readonly (string Short, string Long)[] _recordTypes =
    [
        ("d", "delivery"), ("b", "bounce"), ("t", "transient"), ("tq", "transient-queue"), ("r", "receipt"),
        ("rb", "remote-bounce"), ("rs", "remote-status"), ("f", "feedback-loop"),
    ];

    /// <summary>Anything; quotes are taken off.</summary>
    public static ValueForm<string> Text { get; } = new("a text", TryText, Quoting.Quote);

    /// <summary>Anything, quotes and backslashes included: for directives that Godwit has no use for and whose form is not documented.</summary>
    public static ValueForm<string> RawText { get; } = new("a text", TryText) { Quotes = QuoteUse.Raw };

    /// <summary>One word: the name of a virtual MTA, source, list.</summary>
    public static ValueForm<string> Name { get; } = new(
        "a name",
        (text, reading, out value) =>
        {
            value = text;
            int blank = text.IndexOfAny([' ', '\t']);
            return (blank < 0 && text.Length > 0)
                || reading.Fail(blank < 0 ? "the name is missing" : $"{Show(text)} has blanks; one name is expected", Math.Max(0, blank));
        },
        v => v.Length == 0 ? "\"\"" : v);

    /// <summary>A header field name (RFC 5322 section 2.2: printable ASCII without a colon).</summary>
    public static ValueForm<string> HeaderName { get; } = Word(
        "a header name", c => c is > ' ' and < '\x7f' and not ':', text => $"{Show(text)} is not a header name; write it without a colon");

    /// <summary>The selector of a DKIM key (RFC 6376 section 3.1: the labels of a domain name).</summary>
    public static ValueForm<string> Selector { get; } = Word(
        "a selector", c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.', text => $"{Show(text)} is not a selector such as s1");

    /// <summary>A bounce category.</summary>
    public static ValueForm<string> Category { get; } = Word(
        "a category such as bad-mailbox", c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.',
        text => $"{Show(text)} is not a category such as bad-mailbox");

    /// <summary>The column of an accounting file.</summary>
    public static ValueForm<string> FieldName { get; } = Word(
        "a field", c => c is > ' ' and < '\x7f' and not (',' or '"' or '!' or '*'), text => $"{Show(text)} is not the name of a field");

    /// <summary>Put before the name of a job, which has neither blanks nor control characters; <c>{auth}</c> is the user's name.</summary>
    public static ValueForm<string> JobIdPrefix { get; } = Word(
        "a text without blanks, or {auth}", c => !char.IsWhiteSpace(c) && !char.IsControl(c), text => $"{Show(text)} has blanks; the name of a job has none");

    /// <summary>RFC 6376 section 3.5, <c>q=</c>.</summary>
    public static ValueForm<string> QueryMethod { get; } = Word(
        "a method such as dns/txt", c => char.IsAsciiLetterOrDigit(c) || c is '-' or '/' or ':', text => $"{Show(text)} is not a query method such as dns/txt");

    public static ValueForm<IReadOnlyList<string>> Names => NameList.Form;

    public static ValueForm<IReadOnlyList<string>> HeaderNames => ListOf("header names, comma separated", HeaderName);

    public static ValueForm<IReadOnlyList<EmailAddress>> Emails => ListOf("e-mail addresses, comma separated", Email);

    /// <summary>A file or directory; a relative one starts at the main configuration file's directory.</summary>
    public static ValueForm<string> FilePath { get; } = new(
        "a path",
        (text, reading, out value) =>
        {
            bool usable = text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);
            value = usable ? Path.GetFullPath(text, reading.BaseDirectory) : "";
            return usable || reading.Fail($"{Show(text)} is not a path");
        },
        Quoting.Quote);

    /// <summary>Short names of accounting record types; the long ones are accepted.</summary>
    public static ValueForm<IReadOnlyList<string>> RecordTypes { get; } = RecordTypesOf([.. _recordTypes.Select(t => t.Short)]);

    /// <summary>The types that deliveries leave.</summary>
    public static ValueForm<IReadOnlyList<string>> DeliveryRecordTypes { get; } = RecordTypesOf("d", "b", "t", "tq");

    /// <summary>The types that are about one message.</summary>
    public static ValueForm<IReadOnlyList<string>> MessageRecordTypes { get; } = RecordTypesOf("d", "b", "t", "r", "rb", "rs", "f");

    public static ValueForm<RecordFieldsValue> RecordFields { get; } = new(
        "a record type and a list of fields", TryRecordFields, v => $"{RecordTypes.Print(v.Types)} {string.Join(',', v.Fields)}") { Quotes = QuoteUse.Raw };

    public static ValueForm<MacroValue> Macro { get; } = new(
        "a name and a list of domains", TryMacro, v => $"{v.Name} {JoinItems(v.Items)}") { Quotes = QuoteUse.Raw };

    private static readonly ValueForm<string> _macroName = Word(
        "a name", c => char.IsAsciiLetterOrDigit(c) || c == '_',
        text => $"{Show(text)} is not a macro name; "
            + (text is ['$', ..] ? "it is defined without $, which stands where it is used" : "letters, digits and _ may be used"));

    /// <summary>A column, <c>*</c> for the usual ones, or <c>!column</c> to leave one out.</summary>
    private static readonly ValueForm<string> _recordField = new(
        "a field, *, or !field",
        (text, reading, out value) =>
        {
            value = text;
            return text == "*" || FieldName.TryReadPart(new ValueWord(text.TrimStart('!', ' '), 0, text), reading, out _);
        });

    /// <summary>One word of certain characters.</summary>
    private static ValueForm<string> Word(string shape, Func<char, bool> allowed, Func<string, string> fault) => new(
        shape,
        (text, reading, out value) =>
        {
            value = text;
            return (text.Length > 0 && text.All(allowed)) || reading.Fail(fault(text));
        });

    private static bool TryText(string text, ValueReading reading, out string value)
    {
        value = text;
        return true;
    }

    private static ValueForm<IReadOnlyList<string>> RecordTypesOf(params string[] shorts)
    {
        string all = string.Join(", ", shorts);
        var one = new ValueForm<string>(
            "a record type",
            (text, reading, out value) =>
            {
                (value, _) = Array.Find(_recordTypes, t => shorts.Contains(t.Short) && (Matches(t.Short, text) || Matches(t.Long, text)));
                return value is not null || reading.Fail($"{Show(text)} is not a record type; "
                    + (text.AsSpan().ContainsAny(' ', '\t') ? "put a comma between types" : $"they are {all}"));
            });
        return ListOf($"record types: {all}", one);
    }

    private static bool TryRecordFields(string text, ValueReading reading, out RecordFieldsValue value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        if (!cursor.TryPart(RecordTypes, out IReadOnlyList<string> types)
            || !cursor.TryItems("a list of fields behind the record type", out List<ValueWord> fields))
        {
            return false;
        }

        value = new RecordFieldsValue(types, fields.ConvertAll(f => f.Text), fields.ConvertAll(f => f.Offset));
        return fields.TrueForAll(f => _recordField.TryReadPart(f, reading, out _));
    }

    private static bool TryMacro(string text, ValueReading reading, out MacroValue value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        if (!cursor.TryPart(_macroName, out string name))
        {
            return false;
        }

        if (cursor.AtEnd)
        {
            return reading.Fail("the list of domains is missing; it stands on the same line", text.Length);
        }

        bool read = cursor.TryItems("a domain", out List<ValueWord> items);
        value = new MacroValue(name, items.ConvertAll(i => i.Text));
        return read;
    }

    private static bool Matches(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
