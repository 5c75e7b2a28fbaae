// map-header-to-field in <acct-file>. Immutable.

namespace Godwit.Settings;

/// <summary><c>map-header-to-field TYPE header_NAME FIELD</c>: the first header field that a message has fills the column.</summary>
/// <param name="Types">Record types in their short form; never tq, which is about no message.</param>
/// <param name="Header">The header field's name.</param>
/// <param name="Field">The column.</param>
public sealed record HeaderFieldMap(string Types, string Header, string Field)
{
    /// <summary>Before the name of a header field, where it stands for a column.</summary>
    internal const string Prefix = "header_";

    private static readonly ValueForm<string> _header = new(
        "header_NAME",
        (text, reading, out value) =>
        {
            value = text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..] : "";
            return value.Length > 0 || reading.Fail($"{ValueParsers.Show(text)} is not {Prefix}NAME");
        },
        v => Prefix + v);

    internal static ValueForm<HeaderFieldMap> Form { get; } = new(
        "a record type, header_NAME, and a field",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(ValueParsers.MessageRecordTypes, out IReadOnlyList<string> types) || !cursor.TryPart(_header, out string header)
                || !cursor.TryPart(ValueParsers.FieldName, out string field))
            {
                return false;
            }

            value = new HeaderFieldMap(ValueParsers.MessageRecordTypes.Print(types), header, field);
            return cursor.TryEnd();
        },
        v => $"{v.Types} {Prefix}{v.Header} {v.Field}") { Quotes = QuoteUse.Raw };
}
