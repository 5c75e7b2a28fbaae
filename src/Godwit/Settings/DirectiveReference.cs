// docs/directives.md, made from the table.

using System.Text;

namespace Godwit.Settings;

/// <summary>The reference of all directives as Markdown.</summary>
public static class DirectiveReference
{
    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder();
        page.Append("""
            # Directives

            Every directive that Godwit knows, by the block it stands in. This page is made from the table that reads the configuration;
            do not edit it. To make it anew: `GODWIT_WRITE_DOCS=1 dotnet run --project tests/Godwit.Tests -- --filter-class '*DirectiveReferenceTests'`.

            *In effect* does what it says. *Accepted* is rightly without effect, and the text says why. *Not yet* is read and checked, and has no effect so far;
            `godwit check config` lists what of this your configuration uses. A directive marked *(repeat)* may be given many
            times; of any other the last one counts.


            """);
        foreach ((BlockKind scope, string title, string meaning) in Scopes())
        {
            IEnumerable<Directive> inScope = DirectiveTable.All.Where(d => d.Scope.HasFlag(scope) && d.Name != "include");
            List<Directive> rows = [.. inScope.OrderBy(d => d.Name, StringComparer.Ordinal)];
            page.Append($"## {title}\n\n{meaning}\n\n");
            if (rows.Count == 0)
            {
                continue;
            }

            page.Append("| name | value | default | status | what it does |\n|---|---|---|---|---|\n");
            foreach (Directive row in rows)
            {
                page.Append($"| `{row.Name}`{Aliases(row)}{(row.Repeatable ? " (repeat)" : "")} | {Cell(row.Form.Shape)} | {Cell(row.Default)} ");
                page.Append($"| {Status(row)} | {Cell(Meaning(row))} |\n");
            }

            page.Append('\n');
        }

        page.Append("`include FILE` may stand at global level and in most blocks; `*` and `?` in its name stand for many files.\n");
        AppendDialect(page);
        return page.ToString();
    }

    private static void AppendDialect(StringBuilder page)
    {
        page.Append("""

            ## Words of guides

            Guides on the web use words that PowerMTA does not know. Godwit reads those that have a plain meaning and says so in a note; for the others
            the warning says what to write instead.

            | word | where | what becomes of it |
            |---|---|---|

            """);
        foreach (DialectRow row in DialectTable.All)
        {
            string where = row.IsBlock || row.Scope == BlockKind.Global ? "global level" : BlockTable.Describe(row.Scope);
            page.Append($"| `{row.Shown}` | {Cell(where)} | {(row.Real.Length > 0 ? "" : "unknown: ")}{Cell(row.Note)} |\n");
        }
    }

    private static IEnumerable<(BlockKind, string, string)> Scopes()
    {
        yield return (BlockKind.Global, "Global level", "Outside every block.");
        foreach (BlockRule block in BlockTable.All.DistinctBy(b => b.Kind))
        {
            string status = block.Status == DirectiveStatus.NotYet ? " Not yet in effect." : "";
            yield return (block.Kind, $"`<{block.Tag}>`", $"{Cell(block.Meaning)}{status}");
        }
    }

    private static string Aliases(Directive row) => string.Concat(row.Aliases.Select(a => $", `{a}`"));

    private static string Meaning(Directive row) => row.Replacement.Length > 0 ? $"{row.Meaning} Use {row.Replacement}." : row.Meaning;

    /// <summary>A row's status in words.</summary>
    internal static string Status(Directive row) => row.Status switch
    {
        DirectiveStatus.InEffect => "in effect",
        DirectiveStatus.NoEffect => "accepted",
        _ => "not yet",
    };

    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
}
