// Effective settings as configuration lines, alphabetically, in the form of "show settings": every line can be pasted back into a file.

namespace Godwit.Settings;

/// <summary>Prints settings.</summary>
public static class SettingsText
{
    /// <summary>A queue's settings, as the lines of a <c>&lt;domain&gt;</c>.</summary>
    public static IReadOnlyList<string> Print(DeliverySettings settings) => Print(settings, BlockKind.Domain);

    /// <summary>A client's rules, as the lines of a <c>&lt;source&gt;</c>.</summary>
    public static IReadOnlyList<string> Print(SourceSettings settings) => Print(settings, BlockKind.Source);

    /// <summary>As the lines of an <c>&lt;acct-file&gt;</c>.</summary>
    public static IReadOnlyList<string> Print(AccountingFileSettings settings)
    {
        IEnumerable<string> fields = settings.RecordFields.OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => $"record-fields {f.Key} {string.Join(',', f.Value)}");
        return [.. Print(settings, BlockKind.AccountingFile).Concat(fields).Order(StringComparer.Ordinal)];
    }

    /// <summary>As the lines of a <c>&lt;virtual-mta&gt;</c>.</summary>
    public static IReadOnlyList<string> Print(VirtualMtaSettings settings)
    {
        IEnumerable<string> hosts = SourceHostLine.Print(settings.SourceHosts).Select(line => $"{line.Directive} {line.Text}");
        return [.. Print(settings, BlockKind.VirtualMta), .. hosts];
    }

    private static IReadOnlyList<string> Print(object settings, BlockKind scope) =>
        [.. DirectiveTable.BoundIn(scope).SelectMany(directive => Lines(directive, settings, scope))];

    /// <summary>One line, or one for each entry of a list.</summary>
    private static IEnumerable<string> Lines(Directive directive, object settings, BlockKind scope)
    {
        const string Backoff = "backoff-";
        object? value = directive.Bound!.GetValue(settings);
        if (value is null && directive.Name.StartsWith(Backoff, StringComparison.Ordinal))
        {
            // Nobody has set it: the limit of normal mode holds.
            value = DirectiveTable.Find(scope, directive.Name[Backoff.Length..])?.Bound?.GetValue(settings);
        }

        IEnumerable<string> values = directive.Append is null || value is not System.Collections.IEnumerable list
            ? [value is null ? directive.Default.Trim('-') : directive.Form.Print(value)]
            : list.Cast<object>().Select(directive.Form.Print).DefaultIfEmpty("");
        return values.Select(text => $"{directive.Name} {(text.Length == 0 ? "\"\"" : text)}");
    }
}
